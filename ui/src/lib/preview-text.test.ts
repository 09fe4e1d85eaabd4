import { describe, expect, test } from "vitest";
import { readPartialJson } from "./partial-json";
import { previewText } from "./preview-text";

describe("readPartialJson", () => {
  test("reads whole JSON", () => {
    expect(readPartialJson('{"a":[1,true,null,"x"]}')).toEqual({ a: [1, true, null, "x"] });
  });

  test.each([
    ['{"a":"hel', { a: "hel" }],
    ['{"a":1,"b', { a: 1 }],
    ['{"a":1,"b"', { a: 1 }],
    ['{"a":1,"b":', { a: 1 }],
    ['{"a":1,"b":tr', { a: 1 }],
    ['[{"x":"y"},{"x":', [{ x: "y" }, {}]],
    ['{"a":"one\\', { a: "one" }],
    ['{"a":"one\\u00e', { a: "one" }],
    ['{"a":"Stra\\u00dfe\\n', { a: "Straße\n" }],
    ["[1, 2, 3", [1, 2, 3]],
    ['"hal', "hal"],
  ])("reads what is there of %s", (text, expected) => {
    expect(readPartialJson(text)).toEqual(expected);
  });

  test("every cut of a document reads without loss of what came whole before", () => {
    const text = JSON.stringify({ first: "whole", list: [1, { deep: "ü\n" }], last: false });
    for (let end = 18; end <= text.length; end++) {
      expect(readPartialJson(text.slice(0, end))).toMatchObject({ first: "whole" });
    }
  });

  test.each(["hello there", "12 monkeys", "{not json", ""])("%j is no JSON", (text) => {
    expect(readPartialJson(text)).toBeUndefined();
  });
});

describe("previewText", () => {
  const chat = JSON.stringify({
    messages: [
      { role: "system", content: "You are kind." },
      { role: "user", content: "Where is my parcel?" },
      { role: "assistant", content: "Let me look." },
      { role: "user", content: [{ type: "text", text: "It is order 12." }] },
    ],
  });

  test("an input of a chat tells the last question", () => {
    expect(previewText(chat, "input")).toBe("It is order 12.");
  });

  test("a chat that is cut tells the last question that is there, even a part of it", () => {
    expect(previewText(chat.slice(0, chat.indexOf("my parcel")), "input")).toBe("Where is");
    expect(previewText(chat.slice(0, chat.indexOf("kind")), "input")).toBe("You are");
  });

  test.each([
    [
      "OpenAI",
      { choices: [{ index: 0, message: { role: "assistant", content: "Yes." } }] },
      "Yes.",
    ],
    ["Anthropic", { content: [{ type: "text", text: "Yes." }], stop_reason: "end_turn" }, "Yes."],
    ["Gemini", { candidates: [{ content: { role: "model", parts: [{ text: "Yes." }] } }] }, "Yes."],
    [
      "LangChain",
      { messages: [{ id: ["langchain", "schema", "AIMessage"], kwargs: { content: "Yes." } }] },
      "Yes.",
    ],
    ["LangChain generations", { generations: [[{ text: "Yes." }]] }, "Yes."],
    ["a plain answer", { answer: "Yes.", sources: ["a.md"] }, "Yes."],
    ["a text", "Yes.", "Yes."],
    ["a number", 42, "42"],
  ])("an output of %s tells the answer", (_name, value, expected) => {
    expect(previewText(JSON.stringify(value), "output")).toBe(expected);
  });

  test("an answer that only calls a tool tells the call", () => {
    const output = {
      choices: [
        {
          message: {
            role: "assistant",
            content: null,
            tool_calls: [{ id: "1", function: { name: "search", arguments: '{"from":"Bergen"}' } }],
          },
        },
      ],
    };
    expect(previewText(JSON.stringify(output), "output")).toBe('search({"from":"Bergen"})');
  });

  test("a picture is named, its bytes are not shown", () => {
    const content = [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
    ];
    const text = JSON.stringify({ messages: [{ role: "user", content }] });
    expect(previewText(text, "input")).toBe("What is this?\n[image]");
  });

  test("another object is written in short, without quotes and braces", () => {
    expect(previewText('{"number":"26/83400","total":1036.97}', "input")).toBe(
      "number: 26/83400, total: 1036.97",
    );
    expect(previewText("{}", "output")).toBe("{}");
    expect(previewText("null", "output")).toBe("");
  });

  test("an answer without words has none", () => {
    const output = { choices: [{ message: { role: "assistant", content: "" } }], object: "list" };
    expect(previewText(JSON.stringify(output), "output")).toBe("");
  });

  test("text that is no JSON is shown as it is", () => {
    expect(previewText("plain words", "input")).toBe("plain words");
  });
});
