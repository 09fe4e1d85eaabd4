import { expect, test } from "vitest";
import type { JsonValue } from "@/components/json-view/json-text";
import { commonStart, earlierCount, normalise } from "./normalise";
import type { Message } from "./types";

/** A conversation in a few words, one line a message. */
function sketch(messages: readonly Message[] | undefined): string[] {
  return (messages ?? []).map((m) => {
    const parts = m.parts.map((p) => {
      if (p.kind === "text") return p.text;
      if (p.kind === "call") {
        const given = p.result
          ? ` → ${p.result.isError ? "error " : ""}${JSON.stringify(p.result.value)}`
          : "";
        return `${p.name}(${JSON.stringify(p.args)})${given}`;
      }
      if (p.kind === "result") return `? → ${JSON.stringify(p.result.value)}`;
      if (p.kind === "reasoning" || p.kind === "refusal") return `${p.kind}: ${p.text}`;
      if (p.kind === "json") return `json ${JSON.stringify(p.value)}`;
      return `${p.kind} ${p.src}${p.kind === "file" ? ` (${p.name})` : ""}`;
    });
    return `${m.role}${m.name ? ` ${m.name}` : ""}: ${parts.join(" | ")}`;
  });
}

const both = (input: JsonValue, output: JsonValue) => {
  const found = normalise(input, output);
  return found && [...sketch(found.input), "---", ...sketch(found.output)];
};

test("OpenAI chat: messages in, choices out, a call and its result as one", () => {
  const input: JsonValue = {
    model: "gpt-4o",
    tools: [{ type: "function", function: { name: "weather", description: "Tells the weather" } }],
    messages: [
      { role: "developer", content: "Be brief" },
      {
        role: "user",
        name: "ann",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image_url", image_url: { url: "https://example.com/a.png" } },
          { type: "input_audio", input_audio: { data: "UklG", format: "wav" } },
          {
            type: "file",
            file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" },
          },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: "c1",
            type: "function",
            function: { name: "weather", arguments: '{"city":"Oslo"}' },
          },
          { id: "c2", type: "function", function: { name: "weather", arguments: "not json" } },
        ],
      },
      { role: "tool", tool_call_id: "c2", content: "no such city" },
      { role: "tool", tool_call_id: "c1", content: '{"t":4}' },
    ],
  };
  const output: JsonValue = {
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "4 °C", reasoning_content: "easy", refusal: null },
      },
    ],
    usage: {},
  };
  expect(both(input, output)).toEqual([
    "system: Be brief",
    "user ann: What is this? | image https://example.com/a.png | audio data:audio/wav;base64,UklG | file data:application/pdf;base64,AAAA (a.pdf)",
    'assistant: weather({"city":"Oslo"}) → {"t":4} | weather("not json") → "no such city"',
    "---",
    "assistant: reasoning: easy | 4 °C",
  ]);
  expect(normalise(input, output)?.tools).toEqual([
    { name: "weather", description: "Tells the weather" },
  ]);
});

test("OpenAI: a bare list, a single message, a refusal, the old function call, text completions", () => {
  expect(both([{ role: "user", content: "Hi" }], { role: "assistant", content: "Hello" })).toEqual([
    "user: Hi",
    "---",
    "assistant: Hello",
  ]);
  expect(
    both(
      { messages: [{ role: "user", content: "x" }] },
      { choices: [{ message: { role: "assistant", content: null, refusal: "No" } }] },
    ),
  ).toEqual(["user: x", "---", "assistant: refusal: No"]);
  expect(
    both(
      { messages: [{ role: "user", content: "x" }] },
      {
        choices: [
          {
            message: {
              role: "assistant",
              content: null,
              function_call: { name: "f", arguments: "{}" },
            },
          },
        ],
      },
    ),
  ).toEqual(["user: x", "---", "assistant: f({})"]);
  expect(both({ prompt: "Once" }, { choices: [{ text: " upon" }] })).toEqual([
    "user: Once",
    "---",
    "assistant:  upon",
  ]);
});

test("OpenAI Responses: instructions, items, reasoning and calls of one turn together", () => {
  const input: JsonValue = {
    model: "o4-mini",
    instructions: "Be exact",
    input: [
      {
        role: "user",
        content: [
          { type: "input_text", text: "How far?" },
          { type: "input_image", image_url: "data:image/png;base64,AA" },
        ],
      },
      { type: "reasoning", summary: [{ type: "summary_text", text: "Ask the map" }] },
      { type: "function_call", call_id: "k", name: "map", arguments: '{"to":"Rome"}' },
      { type: "function_call_output", call_id: "k", output: "1200 km" },
    ],
  };
  const output: JsonValue = {
    object: "response",
    output: [
      { type: "web_search_call", id: "w", action: { query: "Rome" }, status: "completed" },
      {
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text: "1200 km", annotations: [] }],
      },
    ],
  };
  expect(both(input, output)).toEqual([
    "system: Be exact",
    "user: How far? | image data:image/png;base64,AA",
    'assistant: reasoning: Ask the map | map({"to":"Rome"}) → "1200 km"',
    "---",
    'assistant: web_search({"action":{"query":"Rome"},"status":"completed"})',
    "assistant: 1200 km",
  ]);
  expect(both({ model: "o4-mini", input: "Hi" }, output)?.[0]).toBe("user: Hi");
});

test("Anthropic: system beside messages, blocks, tool use paired with its result", () => {
  const input: JsonValue = {
    system: [{ type: "text", text: "You help" }],
    messages: [
      {
        role: "user",
        content: [
          { type: "image", source: { type: "base64", media_type: "image/jpeg", data: "/9j/" } },
          {
            type: "document",
            title: "Terms",
            source: { type: "url", url: "https://example.com/t.pdf" },
          },
          { type: "text", text: "Read" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "hm", signature: "x" },
          { type: "tool_use", id: "t1", name: "read", input: { page: 1 } },
        ],
      },
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            tool_use_id: "t1",
            is_error: true,
            content: [{ type: "text", text: "gone" }],
          },
        ],
      },
    ],
  };
  const output: JsonValue = {
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: "It is gone" }],
    stop_reason: "end_turn",
  };
  expect(both(input, output)).toEqual([
    "system: You help",
    "user: image data:image/jpeg;base64,/9j/ | file https://example.com/t.pdf (Terms) | Read",
    'assistant: reasoning: hm | read({"page":1}) → error "gone"',
    "---",
    "assistant: It is gone",
  ]);
});

test("Gemini: contents and candidates in both spellings, calls paired by name", () => {
  const input: JsonValue = {
    contents: [
      {
        role: "user",
        parts: [{ text: "Look" }, { inlineData: { mimeType: "image/png", data: "iVBO" } }],
      },
      { role: "model", parts: [{ functionCall: { name: "find", args: { q: "x" } } }] },
      { role: "function", parts: [{ function_response: { name: "find", response: { hits: 2 } } }] },
    ],
    config: {
      system_instruction: "Short",
      tools: [{ function_declarations: [{ name: "find", description: "Finds" }] }],
    },
  };
  const output: JsonValue = {
    candidates: [
      {
        content: { role: "model", parts: [{ text: "thinking", thought: true }, { text: "Two" }] },
        finishReason: "STOP",
      },
    ],
  };
  expect(both(input, output)).toEqual([
    "system: Short",
    "user: Look | image data:image/png;base64,iVBO",
    'assistant: find({"q":"x"}) → {"hits":2}',
    "---",
    "assistant: reasoning: thinking | Two",
  ]);
  expect(normalise(input, output)?.tools).toEqual([{ name: "find", description: "Finds" }]);
  expect(both({ contents: "Hi" }, output)?.[0]).toBe("user: Hi");
});

test("LangChain: batches, serialised classes, dicts, generations and graph states", () => {
  const lc = (name: string, kwargs: JsonValue): JsonValue => ({
    lc: 1,
    type: "constructor",
    id: ["langchain", "schema", "messages", name],
    kwargs,
  });
  const input: JsonValue = {
    messages: [
      [
        lc("SystemMessage", { content: "Rules", type: "system" }),
        lc("HumanMessage", { content: [{ type: "text", text: "Hi" }], type: "human" }),
        lc("AIMessage", {
          content: "",
          tool_calls: [{ id: "1", name: "add", args: { a: 1 }, type: "tool_call" }],
        }),
        lc("ToolMessage", { content: "3", tool_call_id: "1", name: "add" }),
      ],
    ],
  };
  const output: JsonValue = {
    generations: [
      [{ text: "3", message: lc("AIMessage", { content: "It is 3", response_metadata: {} }) }],
    ],
    llm_output: null,
  };
  expect(both(input, output)).toEqual([
    "system: Rules",
    "user: Hi",
    'assistant: add({"a":1}) → "3"',
    "---",
    "assistant: It is 3",
  ]);
  const dicts: JsonValue = [
    { type: "human", data: { content: "Hi", additional_kwargs: {} } },
    {
      type: "ai",
      data: {
        content: [{ type: "tool_use", id: "9", name: "f", input: {} }],
        tool_calls: [{ id: "9", name: "f", args: {} }],
      },
    },
  ];
  expect(both(dicts, { generations: [[{ text: "ok" }]] })).toEqual([
    "user: Hi",
    "assistant: f({})",
    "---",
    "assistant: ok",
  ]);
  // The state of a graph holds what came in, too.
  const asked = { type: "human", content: "Hi", id: "1" };
  expect(
    both(
      { messages: [asked] },
      { messages: [asked, { type: "ai", content: "Hello", tool_calls: [] }] },
    ),
  ).toEqual(["user: Hi", "---", "assistant: Hello"]);
});

test("Vercel AI SDK: prompts, parts of the screen, calls and results", () => {
  const input: JsonValue = {
    system: "Nice",
    prompt: JSON.stringify({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "See" },
            { type: "image", image: "iVBO", mediaType: "image/png" },
            {
              type: "file",
              data: "https://example.com/x.csv",
              mediaType: "text/csv",
              filename: "x.csv",
            },
          ],
        },
        {
          role: "assistant",
          content: [{ type: "tool-call", toolCallId: "a", toolName: "sum", input: { x: 1 } }],
        },
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              toolCallId: "a",
              toolName: "sum",
              output: { type: "json", value: { y: 2 } },
            },
          ],
        },
      ],
    }),
  };
  const output: JsonValue = {
    text: "",
    finishReason: "tool-calls",
    toolCalls: [{ toolCallId: "b", toolName: "sum", args: { x: 2 } }],
  };
  expect(both(input, output)).toEqual([
    "system: Nice",
    "user: See | image data:image/png;base64,iVBO | file https://example.com/x.csv (x.csv)",
    'assistant: sum({"x":1}) → {"y":2}',
    "---",
    'assistant: sum({"x":2})',
  ]);
  const screen: JsonValue = [
    { id: "1", role: "user", parts: [{ type: "text", text: "Hi" }] },
    {
      id: "2",
      role: "assistant",
      parts: [
        { type: "step-start" },
        { type: "reasoning", text: "hm" },
        {
          type: "tool-weather",
          toolCallId: "c",
          state: "output-available",
          input: { q: 1 },
          output: { t: 3 },
        },
        {
          type: "tool-invocation",
          toolInvocation: {
            state: "result",
            toolCallId: "d",
            toolName: "old",
            args: {},
            result: "r",
          },
        },
        {
          type: "dynamic-tool",
          toolName: "dyn",
          toolCallId: "e",
          state: "output-error",
          input: {},
          errorText: "bad",
        },
        { type: "text", text: "3 °C" },
      ],
    },
  ];
  expect(both({ messages: screen }, { text: "Bye", finishReason: "stop" })).toEqual([
    "user: Hi",
    'assistant: reasoning: hm | weather({"q":1}) → {"t":3} | old({}) → "r" | dyn({}) → error "bad" | 3 °C',
    "---",
    "assistant: Bye",
  ]);
});

test("plain texts are read where their name says what they are, with what stands beside them", () => {
  const found = normalise({ question: "Why?" }, { answer: "So.", sources: ["a"] });
  expect(found?.isChat).toBe(false);
  expect(sketch(found?.input)).toEqual(["user: Why?"]);
  expect(found?.output).toEqual([
    { role: "assistant", parts: [{ kind: "text", text: "So." }], extra: { sources: ["a"] } },
  ]);
  expect(both("Hi", "Hello")).toEqual(["user: Hi", "---", "assistant: Hello"]);
  expect(
    both(
      { inputs: { messages: [{ role: "user", content: "deep" }] } },
      { output: { role: "assistant", content: "yes" } },
    ),
  ).toEqual(["user: deep", "---", "assistant: yes"]);
});

test("references to files that were cut out are shown as those files", () => {
  const name = "input-attachment-112345678901234567890-1700000000000.png";
  expect(
    both(
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "image_url", image_url: { url: `[${name}]` } },
              { type: "text", text: `See [${name}] here` },
            ],
          },
          {
            role: "user",
            content: [
              {
                type: "image",
                source: { type: "base64", media_type: "image/png", data: `[${name}]` },
              },
            ],
          },
        ],
      },
      "ok",
    ),
  ).toEqual([
    `user: image attachment:${name} | See  | image attachment:${name} |  here`,
    `user: image attachment:${name}`,
    "---",
    "assistant: ok",
  ]);
});

test.each<[string, JsonValue, JsonValue]>([
  ["numbers", { k: 5, rows: [1, 2] }, { hits: 3 }],
  ["nulls", null, null],
  ["empty lists", [], []],
  ["a list that is no chat", [{ role: "user" }, { id: 3 }], [1]],
  ["messages that are none", { messages: [{ foo: 1 }] }, { choices: [5] }],
  ["half of a message", { messages: [{ role: "user", content: 5 }, null] }, { candidates: [{}] }],
])("%s fall back: nothing is made up", (_, input, output) => {
  expect(normalise(input, output)).toBeNull();
});

test("odd members are shown as JSON, never lost, never thrown", () => {
  expect(
    both(
      [{ role: "user", content: [{ type: "hologram", x: 1 }, 7, null] }],
      [{ role: "assistant", content: { a: 1 } }],
    ),
  ).toEqual([
    'user: json {"type":"hologram","x":1} | json 7 | json null',
    "---",
    'assistant: json {"a":1}',
  ]);
});

test("earlier turns are told from what is new", () => {
  const say = (role: string, content: string) => ({ role, content });
  const input = (messages: JsonValue) => normalise(messages, "x")?.input ?? [];
  expect(earlierCount(input([say("system", "s"), say("user", "1")]))).toBe(0);
  expect(earlierCount(input([say("user", "1"), say("assistant", "a"), say("user", "2")]))).toBe(2);
  // In a tool loop the last call, with its result, is what is new.
  const call = (id: string) => ({
    role: "assistant",
    content: "",
    tool_calls: [{ id, function: { name: "f", arguments: "{}" } }],
  });
  const loop = [
    say("user", "go"),
    call("1"),
    { role: "tool", tool_call_id: "1", content: "r" },
    call("2"),
    { role: "tool", tool_call_id: "2", content: "s" },
  ];
  expect(earlierCount(input(loop))).toBe(2);
  const turn = normalise([say("user", "1")], say("assistant", "a"));
  const next = normalise([say("user", "1"), say("assistant", "a"), say("user", "2")], "b");
  expect(commonStart([...(turn?.input ?? []), ...(turn?.output ?? [])], next?.input ?? [])).toBe(2);
});
