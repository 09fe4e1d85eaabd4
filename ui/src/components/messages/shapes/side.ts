/** Finds the messages in an input or output, by the shapes that libraries give them. */

import type { JsonValue } from "@/components/json-view/json-text";
import type { Message, Side, Tool } from "../types";
import { call, contentParts, reasoningText, result } from "./content";
import { geminiMessage } from "./gemini";
import { textParts } from "./media";
import { readMessage, roleOf } from "./message";
import { isResponsesItem, readItems } from "./responses";
import { isObj, listOf, type Obj, parsed, pick, pickText, textOf } from "./values";

export type Speaker = "user" | "assistant";

const DEEPEST = 3;
const WRAPPERS = {
  user: ["input", "inputs", "request", "kwargs", "body", "data", "state"],
  assistant: [
    "output",
    "outputs",
    "response",
    "result",
    "body",
    "data",
    "completion",
    "state",
    "final_output",
  ],
};
const TEXTS = {
  user: [
    "question",
    "query",
    "prompt",
    "input",
    "user_input",
    "user_message",
    "message",
    "text",
    "content",
    "request",
    "task",
    "instruction",
    "goal",
  ],
  assistant: [
    "answer",
    "output",
    "response",
    "output_text",
    "text",
    "content",
    "message",
    "result",
    "completion",
    "reply",
    "final_answer",
    "final_output",
    "summary",
    "plan",
  ],
};

/** Reads one side of a call, or null where there is nothing that people said. */
export function readSide(value: JsonValue, by: Speaker): Side | null {
  const chat = readChat(value, by, 0);
  if (chat && chat.length > 0) return { messages: chat, isChat: true, tools: toolsIn(value) };
  const plain = readPlain(value, by);
  return plain ? { messages: [plain], isChat: false, tools: [] } : null;
}

function readChat(value: JsonValue, by: Speaker, depth: number): Message[] | null {
  if (depth > DEEPEST) return null;
  if (Array.isArray(value)) return readList(value, by, depth);
  if (!isObj(value)) return null;
  for (const read of OBJECTS) {
    const found = read(value, by, depth);
    if (found && found.length > 0) return found;
  }
  return null;
}

function readList(list: readonly JsonValue[], by: Speaker, depth: number): Message[] | null {
  if (list.length === 0) return null;
  // LangChain puts each conversation of a batch in a list of its own.
  const [first] = list;
  if (Array.isArray(first)) return list.length === 1 ? readList(first, by, depth + 1) : null;
  if (list.some(isResponsesItem)) return readItems(list);
  const messages = list.map(readMessage);
  if (messages.every((m) => m !== null)) return messages;
  const gemini = list.map((item) =>
    isObj(item) && "parts" in item ? geminiMessage(item, by) : null,
  );
  return gemini.every((m) => m !== null) ? gemini : null;
}

type Reader = (from: Obj, by: Speaker, depth: number) => Message[] | null;

const OBJECTS: readonly Reader[] = [
  readOne,
  readMessages,
  readChoices,
  readGeminiRequest,
  readCandidates,
  readResponse,
  readGenerations,
  readVercelPrompt,
  readVercelResult,
  readResponsesRequest,
  readWrapped,
];

function readOne(from: Obj): Message[] | null {
  const message = readMessage(from);
  return message && message.parts.length > 0 ? [message] : null;
}

/** `{messages}`, with the system prompt that Anthropic and the Vercel SDK keep beside it. */
function readMessages(from: Obj, by: Speaker, depth: number): Message[] | null {
  const list = listOf(from.messages);
  const messages = list.length > 0 ? readList(list, by, depth + 1) : null;
  if (!messages) return null;
  return [...systemOf(from.system), ...messages];
}

function systemOf(content: JsonValue | undefined): Message[] {
  const parts = contentParts(content);
  return parts.length > 0 ? [{ role: "system", parts }] : [];
}

/** OpenAI's completions, streamed ones and those of text models too. */
function readChoices(from: Obj): Message[] | null {
  const messages: Message[] = [];
  for (const choice of listOf(from.choices)) {
    if (!isObj(choice)) return null;
    const message = pick(choice, "message", "delta");
    const read = isObj(message)
      ? readMessage({ role: "assistant", content: null, ...message })
      : null;
    if (read) messages.push(read);
    else if (typeof choice.text === "string")
      messages.push({ role: "assistant", parts: textParts(choice.text) });
    else return null;
  }
  return messages;
}

function readGeminiRequest(from: Obj, by: Speaker): Message[] | null {
  const contents = pick(from, "contents");
  if (contents === undefined) return null;
  const list = Array.isArray(contents) ? contents : [contents];
  const messages = list.map((item) => geminiMessage(item, by));
  if (!messages.every((m) => m !== null)) return null;
  const config = isObj(from.config) ? from.config : {};
  const system =
    pick(from, "systemInstruction", "system_instruction") ??
    pick(config, "systemInstruction", "system_instruction");
  const said = system === undefined ? null : geminiMessage(system, "user");
  return said ? [{ ...said, role: "system" }, ...messages] : messages;
}

function readCandidates(from: Obj): Message[] | null {
  const messages = listOf(from.candidates).map((candidate) =>
    isObj(candidate) && candidate.content !== undefined
      ? geminiMessage(candidate.content, "assistant")
      : null,
  );
  return messages.every((m) => m !== null) ? messages : null;
}

/** OpenAI's Responses: what came out. */
function readResponse(from: Obj): Message[] | null {
  const items = listOf(from.output);
  return items.some(isResponsesItem) ? readItems(items) : null;
}

/** OpenAI's Responses: what was asked. A lone `input` may be anybody's, so it needs its companions. */
function readResponsesRequest(from: Obj, by: Speaker, depth: number): Message[] | null {
  if (by !== "user" || from.input === undefined) return null;
  const system = systemOf(from.instructions);
  if (Array.isArray(from.input)) {
    const messages = readList(from.input, by, depth + 1);
    return messages ? [...system, ...messages] : null;
  }
  const isRequest = "instructions" in from || ("model" in from && typeof from.input === "string");
  if (!isRequest || typeof from.input !== "string") return null;
  return [...system, { role: "user", parts: textParts(from.input) }];
}

/** LangChain's `LLMResult`. */
function readGenerations(from: Obj): Message[] | null {
  const first = listOf(from.generations)[0];
  const list = Array.isArray(first) ? first : listOf(from.generations);
  const messages: Message[] = [];
  for (const item of list) {
    if (!isObj(item)) return null;
    const read = item.message === undefined ? null : readMessage(item.message);
    if (read) messages.push(read);
    else if (typeof item.text === "string")
      messages.push({ role: "assistant", parts: textParts(item.text) });
    else return null;
  }
  return messages;
}

/** The Vercel SDK's `prompt`: a text, messages, or an object that holds them; maybe written as JSON text. */
function readVercelPrompt(from: Obj, by: Speaker, depth: number): Message[] | null {
  const prompt = parsed(pick(from, "prompt", "ai.prompt", "ai.prompt.messages"));
  const system = systemOf(from.system);
  if (typeof prompt === "string" && system.length > 0)
    return [...system, { role: "user", parts: textParts(prompt) }];
  if (prompt === null || typeof prompt !== "object") return null;
  const messages = readChat(prompt, by, depth + 1);
  return messages ? [...system, ...messages] : null;
}

/** What the Vercel SDK gives back: `{text, reasoning, toolCalls, toolResults}`. */
function readVercelResult(from: Obj, by: Speaker): Message[] | null {
  const calls = listOf(parsed(from.toolCalls)).filter(isObj);
  const isResult = calls.length > 0 || "finishReason" in from || "toolResults" in from;
  if (by !== "assistant" || !isResult) return null;
  const parts: Message["parts"] = [];
  const thought = pickText(from, "reasoning", "reasoningText");
  const thoughts = listOf(from.reasoning).filter(isObj).map(reasoningText).join("\n\n");
  if (thought || thoughts) parts.push({ kind: "reasoning", text: thought || thoughts });
  parts.push(...textParts(textOf(from.text)));
  if ("object" in from && from.object !== null && typeof from.object === "object")
    parts.push({ kind: "json", value: from.object });
  for (const one of calls)
    parts.push(call(one.toolCallId, one.toolName, parsed(pick(one, "args", "input"))));
  for (const one of listOf(parsed(from.toolResults)).filter(isObj))
    parts.push(result(one.toolCallId, one.toolName, pick(one, "result", "output")));
  return parts.length > 0 ? [{ role: "assistant", parts }] : null;
}

/** A chat under the name that frameworks give to arguments and results. */
function readWrapped(from: Obj, by: Speaker, depth: number): Message[] | null {
  for (const name of WRAPPERS[by]) {
    const inner = from[name];
    if (typeof inner !== "object" || inner === null) continue;
    const found = readChat(inner, by, depth + 1);
    if (found && found.length > 0) return found;
  }
  return null;
}

/** A text that stands alone, or under a name that says it is what was said. */
function readPlain(value: JsonValue, by: Speaker): Message | null {
  if (typeof value === "string") return value.trim() ? { role: by, parts: textParts(value) } : null;
  if (!isObj(value)) return null;
  const name = TEXTS[by].find((n) => textOf(value[n]).trim() !== "");
  if (name === undefined) {
    const only = Object.values(value);
    const lone = only.length === 1 && isObj(only[0]) ? readPlain(only[0], by) : null;
    return lone;
  }
  const { [name]: text, ...extra } = value;
  const rest = Object.keys(extra).length > 0 ? { extra } : {};
  return { role: roleOf(value.role) ?? by, parts: textParts(textOf(text)), ...rest };
}

/** The tools that a request offers the model. */
function toolsIn(value: JsonValue): Tool[] {
  if (!isObj(value)) return [];
  const config = isObj(value.config) ? value.config : {};
  const listed = [...listOf(value.tools), ...listOf(config.tools)];
  return listed.filter(isObj).flatMap((tool) => {
    const declared = listOf(pick(tool, "functionDeclarations", "function_declarations")).filter(
      isObj,
    );
    const all = declared.length > 0 ? declared : [isObj(tool.function) ? tool.function : tool];
    return all.map((one) => ({
      name: pickText(one, "name", "type"),
      description: textOf(one.description),
    }));
  });
}
