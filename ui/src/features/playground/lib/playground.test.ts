import { beforeEach, describe, expect, test } from "vitest";
import { type Answer, asked, ended, withEvent } from "./answer";
import { curlOf, openaiPythonOf, pythonOf } from "./code";
import { appended, continued, type Message, moved, START } from "./conversation";
import { keepHistory, type Run, readHistory, titleOf, withRun } from "./history";
import { priceWords } from "./prices";
import { bodyOf, problemsOf, readTools } from "./request";
import { readPlaygroundSearch } from "./search";

const NONE = { tools: "", schema: "" };
const said = (content: string): Message[] => [{ key: 1, role: "user", content }];
const chunk = (delta: object, more: object = {}) =>
  JSON.stringify({ id: "gen-1", model: "m/x", choices: [{ delta, ...more }] });

describe("an answer", () => {
  const feed = (events: string[]): Answer =>
    events.reduce((answer, data, i) => withEvent(answer, data, 100 * (i + 1)), asked("m"));

  test("is put together of its pieces, with what it took", () => {
    const answer = feed([
      chunk({ role: "assistant", content: "" }),
      chunk({ reasoning: "Hm. " }),
      chunk({ content: "Hel" }),
      chunk({ content: "lo" }),
      chunk({}, { finish_reason: "stop" }),
      JSON.stringify({
        choices: [],
        usage: {
          prompt_tokens: 5,
          completion_tokens: 7,
          cost: 0.25,
          completion_tokens_details: { reasoning_tokens: 3 },
        },
      }),
      "[DONE]",
    ]);
    expect(answer).toMatchObject({
      state: "streaming",
      text: "Hello",
      reasoning: "Hm. ",
      firstTokenMs: 200,
      finishReason: "stop",
      promptTokens: 5,
      completionTokens: 7,
      reasoningTokens: 3,
      costUsd: 0.25,
      id: "gen-1",
    });
    expect(ended(answer, "done", 900)).toMatchObject({ state: "done", tookMs: 900 });
  });

  test("may call several tools at once", () => {
    const part = (index: number, more: object) => chunk({ tool_calls: [{ index, ...more }] });
    const answer = feed([
      part(0, { id: "a", function: { name: "one", arguments: "" } }),
      part(1, { id: "b", function: { name: "two", arguments: "{" } }),
      part(0, { function: { arguments: "{}" } }),
      part(1, { function: { arguments: "}" } }),
    ]);
    expect(answer.toolCalls).toEqual([
      { id: "a", name: "one", arguments: "{}" },
      { id: "b", name: "two", arguments: "{}" },
    ]);
  });

  test("that breaks off keeps what was said, and why", () => {
    const answer = feed([
      chunk({ content: "Hel" }),
      JSON.stringify({
        error: { code: 502, message: "gone", metadata: { provider_name: "Acme" } },
        choices: [{ delta: { content: "" }, finish_reason: "error" }],
      }),
    ]);
    expect(ended(answer, "done", 5)).toMatchObject({
      state: "failed",
      text: "Hel",
      failure: { message: "gone", status: 502, provider: "Acme" },
    });
  });

  test("passes over what is no JSON", () => {
    expect(withEvent(asked("m"), "{", 1)).toEqual(asked("m"));
  });
});

describe("a request", () => {
  test("says only what is set", () => {
    expect(bodyOf("m", {}, [...START, ...said("hi")], NONE)).toEqual({
      model: "m",
      messages: [{ role: "user", content: "hi" }],
    });
    expect(
      bodyOf("m", { temperature: 0, stop: "a\n\nb", format: "schema", project: "P" }, said("hi"), {
        tools: '{"name": "f"}',
        schema: '{"type": "object"}',
      }),
    ).toMatchObject({
      temperature: 0,
      stop: ["a", "b"],
      response_format: { json_schema: { schema: { type: "object" } } },
      tools: [{ type: "function", function: { name: "f" } }],
      metadata: { opik: { project_name: "P" } },
    });
  });

  test("a tool's result answers its call, though it is empty", () => {
    const messages = continued(said("Oslo?"), {
      text: "",
      toolCalls: [{ id: "c1", name: "weather", arguments: "{}" }],
    });
    expect(bodyOf("m", {}, messages, NONE).messages).toEqual([
      { role: "user", content: "Oslo?" },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "c1", type: "function", function: { name: "weather", arguments: "{}" } },
        ],
      },
      { role: "tool", content: "", tool_call_id: "c1" },
    ]);
  });

  test("what is wrong is said before anything is asked", () => {
    expect(problemsOf({}, START, NONE)).toEqual({ messages: "Say something first" });
    const found = problemsOf({ format: "schema" }, said("x"), { tools: "[1]", schema: "[" });
    expect(found.tools).toContain("list of tools");
    expect(found.schema).toContain("no JSON");
    expect(readTools("")).toEqual({ value: [] });
  });
});

describe("messages", () => {
  test("move within their ends", () => {
    const keys = (list: Message[]) => list.map((one) => one.key);
    expect(keys(moved(START, 1, 1))).toEqual([2, 1]);
    expect(keys(moved(START, 1, -1))).toEqual([1, 2]);
  });

  test("take turns", () => {
    expect(appended(START).at(-1)).toMatchObject({ role: "assistant", key: 3 });
    expect(continued(START, { text: "hello", toolCalls: [] }).slice(2)).toEqual([
      { key: 3, role: "assistant", content: "hello" },
      { key: 4, role: "user", content: "" },
    ]);
  });
});

describe("code", () => {
  test("Python's words are not JSON's", () => {
    expect(pythonOf({ a: [true, null, 1.5], b: {} })).toBe(
      '{\n    "a": [\n        True,\n        None,\n        1.5,\n    ],\n    "b": {},\n}',
    );
  });

  test("curl holds what is quoted, and asks for a key only where one is needed", () => {
    const body = bodyOf("m", {}, said("Bob's"), NONE);
    expect(curlOf("http://h", body, false)).toContain("Bob'\\''s");
    expect(curlOf("http://h", body, false)).not.toContain("Authorization");
    expect(curlOf("http://h", body, true)).toContain("'Authorization: Bearer <your API key>'");
  });

  test("OpenAI's client gets what it does not know of beside", () => {
    const code = openaiPythonOf("http://h", bodyOf("m", { project: "P" }, said("x"), NONE), false);
    expect(code).toContain('base_url="http://h/api/v1", api_key="none"');
    expect(code).toMatch(/extra_body=\{\s+"metadata"/);
  });
});

describe("history", () => {
  const run = (key: string): Run => ({
    key,
    at: key,
    search: {},
    messages: said("  two\n words "),
    extras: NONE,
    answers: [],
  });
  beforeEach(() => sessionStorage.clear());

  test("has the newest first, each once, and is there again", () => {
    const history = withRun(withRun(withRun([], run("a")), run("b")), run("a"));
    expect(history.map((one) => one.key)).toEqual(["a", "b"]);
    keepHistory(history);
    expect(readHistory()).toEqual(history);
    expect(titleOf(run("a"))).toBe("two words");
  });
});

test("an address with nonsense sets nothing", () => {
  expect(
    readPlaygroundSearch({ temperature: 3, max_tokens: 1.5, seed: "x", format: "xml", model: 1 }),
  ).toEqual({});
  expect(readPlaygroundSearch({ temperature: "0.5", seed: -1 })).toEqual({
    temperature: 0.5,
    seed: -1,
  });
});

test("prices are per million", () => {
  expect(priceWords({ prompt: "0.0000004", completion: "0.0000016" })).toBe("$0.40 / $1.60");
  expect(priceWords({ prompt: "0", completion: "0" })).toBe("free");
  expect(priceWords({ prompt: "-1", completion: "-1" })).toBe("");
});
