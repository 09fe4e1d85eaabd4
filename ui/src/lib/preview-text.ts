/** Finds the words that tell what an input or an output is about, whatever shape they are wrapped in. */

import type { Json } from "@/api/types";
import { readPartialJson } from "./partial-json";

export type PayloadSide = "input" | "output" | "other";
type Fields = { [key: string]: Json };

/** Reads JSON text, perhaps cut, and returns its telling words. Text that is no JSON is its own. */
export function previewText(json: string, side: PayloadSide = "other"): string {
  const value = readPartialJson(json);
  return value === undefined ? json.trim() : tellingText(value, side);
}

/** Returns the telling words of a value; "" for nothing. */
export function tellingText(value: Json, side: PayloadSide = "other"): string {
  return tidy(find(value, side, 0));
}

const tidy = (text: string): string => text.trim().replaceAll(/\n\s*\n+/g, "\n");

const MOST_DEEP = 8;
/** Asked in this order; the first that says something is taken. */
const LISTS = ["messages", "contents", "choices", "candidates", "generations", "outputs"] as const;
const INPUT_NAMES = [
  "question",
  "query",
  "prompt",
  "user_input",
  "user_message",
  "input",
  "request",
  "text",
  "content",
  "message",
];
const OUTPUT_NAMES = [
  "answer",
  "response",
  "output",
  "output_text",
  "result",
  "completion",
  "final_answer",
  "content",
  "message",
  "text",
];
const WRAPPERS = new Set(["kwargs", "data", "payload", "body", "value", "args", "inputs"]);

function find(value: Json, side: PayloadSide, depth: number): string {
  if (value === null || depth > MOST_DEEP) return "";
  if (typeof value === "string") return value;
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return ofArray(value, side, depth);
  return ofFields(value, side, depth);
}

function ofFields(fields: Fields, side: PayloadSide, depth: number): string {
  for (const name of LISTS) {
    const list = fields[name];
    if (Array.isArray(list) && list.length > 0) {
      const text = ofArray(list, side, depth + 1);
      // An answer without words has none elsewhere either: only its figures are left.
      if (text || list.some(isMessage)) return text;
    }
  }
  const own = ofPart(fields) || (roleOf(fields) === "" ? "" : ofMessage(fields, depth + 1));
  if (own) return own;
  const names = side === "output" ? OUTPUT_NAMES : INPUT_NAMES;
  const entries = Object.entries(fields);
  for (const name of names) {
    const found = fields[name];
    if (found === undefined || found === null) continue;
    const text = find(found, side, depth + 1);
    if (text) return text;
  }
  const calls = ofCalls(fields);
  if (calls) return calls;
  const [only] = entries;
  if (only && entries.length === 1 && (typeof only[1] === "object" || WRAPPERS.has(only[0]))) {
    const text = find(only[1], side, depth + 1);
    if (text && only[1] !== null && !Array.isArray(only[1])) return text;
  }
  for (const [name, inner] of entries) {
    if (WRAPPERS.has(name) && typeof inner === "object") {
      const text = find(inner, side, depth + 1);
      if (text) return text;
    }
  }
  return inShort(fields);
}

function ofArray(list: Json[], side: PayloadSide, depth: number): string {
  const fields = list.filter(
    (item): item is Fields => typeof item === "object" && item !== null && !Array.isArray(item),
  );
  if (fields.some((item) => roleOf(item) !== "")) return ofMessages(fields, side, depth);
  if (fields.length > 0 && fields.length === list.length && fields.every(isPart))
    return fields.map(ofPart).filter(Boolean).join("\n");
  const texts = list.map((item) => find(item, side, depth + 1)).filter(Boolean);
  return texts.slice(0, 20).join(list.every((item) => typeof item === "string") ? "\n" : " · ");
}

/** Of a talk the last word of the side that matters: what was asked, or what was answered. */
function ofMessages(messages: Fields[], side: PayloadSide, depth: number): string {
  const wanted = side === "output" ? ASSISTANT : USER;
  const said = messages.map((message) => ({
    role: roleOf(message),
    text: ofMessage(message, depth),
  }));
  return (
    said.findLast((m) => wanted.has(m.role) && m.text) ??
    said.findLast((m) => !SYSTEM.has(m.role) && m.text) ??
    said.findLast((m) => m.text) ?? { text: "" }
  ).text;
}

const USER = new Set(["user", "human", "HumanMessage"]);
const ASSISTANT = new Set(["assistant", "ai", "model", "AIMessage"]);
const SYSTEM = new Set(["system", "developer", "SystemMessage"]);

function roleOf(message: Fields): string {
  if (typeof message.role === "string") return message.role;
  const { type } = message;
  if (typeof type === "string" && (USER.has(type) || ASSISTANT.has(type) || SYSTEM.has(type)))
    return type;
  // LangChain writes the class at the end of a list of names.
  const last = Array.isArray(message.id) ? message.id.at(-1) : undefined;
  if (typeof last === "string" && last.endsWith("Message")) return last;
  return "message" in message && typeof message.message === "object" ? "assistant" : "";
}

const isMessage = (item: Json): boolean =>
  typeof item === "object" && item !== null && !Array.isArray(item) && roleOf(item) !== "";

function ofMessage(message: Fields, depth: number): string {
  const inner = message.kwargs ?? message.message;
  if (typeof inner === "object" && inner !== null && !Array.isArray(inner) && depth < MOST_DEEP)
    return ofMessage(inner, depth + 1);
  const content = message.content ?? message.parts ?? message.text ?? null;
  const text = find(content, "other", depth + 1);
  return text || ofCalls(message);
}

/** One of the parts that a message is made of: text, a picture, a call. */
const PART_TYPES = new Set([
  "text",
  "input_text",
  "output_text",
  "image",
  "image_url",
  "input_image",
  "input_audio",
  "audio",
  "video",
  "document",
  "file",
  "input_file",
  "tool_use",
  "tool_result",
  "tool-call",
  "tool-result",
  "thinking",
  "reasoning",
]);

const isPart = (item: Fields): boolean =>
  (typeof item.type === "string" && PART_TYPES.has(item.type)) ||
  ("text" in item && Object.keys(item).length === 1) ||
  "functionCall" in item ||
  "inlineData" in item ||
  "inline_data" in item;

function ofPart(item: Fields): string {
  if (!isPart(item)) return "";
  if (typeof item.text === "string") return item.text;
  const type = String(item.type ?? "");
  if (/image/.test(type)) return "[image]";
  if (/audio/.test(type)) return "[audio]";
  if (/video/.test(type)) return "[video]";
  if (/document|file/.test(type)) return "[file]";
  if (/result/.test(type)) return find(item.content ?? item.output ?? null, "other", MOST_DEEP - 2);
  if ("inlineData" in item || "inline_data" in item) return "[file]";
  const call = item.functionCall ?? item.function_call ?? (type.startsWith("tool") ? item : null);
  return call !== null && typeof call === "object" && !Array.isArray(call) ? ofCall(call) : "";
}

function ofCalls(message: Fields): string {
  const calls = message.tool_calls ?? message.function_call;
  const list = Array.isArray(calls) ? calls : [calls ?? null];
  return list
    .filter(
      (call): call is Fields => typeof call === "object" && call !== null && !Array.isArray(call),
    )
    .map(ofCall)
    .join("\n");
}

function ofCall(call: Fields): string {
  const named = call.function;
  const inner = typeof named === "object" && named !== null && !Array.isArray(named) ? named : call;
  const name = inner.name ?? inner.toolName ?? "tool";
  const given = inner.arguments ?? inner.args ?? inner.input ?? null;
  return `${String(name)}(${typeof given === "string" ? given : given === null ? "" : inShort(given)})`;
}

/** A value on one line, without the signs of JSON that say nothing: `number: 26, total: 1036.97`. */
function inShort(value: Json, depth = 0): string {
  if (value === null) return "null";
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) {
    if (depth > 1) return value.length === 0 ? "[]" : "[…]";
    return `[${value.map((item) => inShort(item, depth + 1)).join(", ")}]`;
  }
  const entries = Object.entries(value);
  if (depth > 1 || entries.length === 0) return entries.length === 0 ? "{}" : "{…}";
  const text = entries.map(([name, inner]) => `${name}: ${inShort(inner, depth + 1)}`).join(", ");
  return depth === 0 ? text : `{${text}}`;
}
