/** One message of OpenAI, Anthropic, LangChain, the Vercel AI SDK, or a plain `{role, content}`. */

import type { JsonValue } from "@/components/json-view/json-text";
import type { Message, Part, Role } from "../types";
import { call, contentParts, reasoningText, result } from "./content";
import { geminiMessage, isGeminiPart } from "./gemini";
import { isObj, listOf, type Obj, pick, pickText, textOf } from "./values";

const ROLES: Record<string, Role> = {
  system: "system",
  developer: "system",
  systemmessage: "system",
  user: "user",
  human: "user",
  humanmessage: "user",
  assistant: "assistant",
  ai: "assistant",
  model: "assistant",
  bot: "assistant",
  aimessage: "assistant",
  tool: "tool",
  function: "tool",
  toolmessage: "tool",
  functionmessage: "tool",
  data: "user",
  chat: "user",
  chatmessage: "user",
};

export const roleOf = (name: unknown): Role | undefined =>
  ROLES[
    textOf(name)
      .toLowerCase()
      .replace(/chunk$/, "")
  ];

/** Reads a message; null for what is none. */
export function readMessage(from: JsonValue): Message | null {
  if (!isObj(from)) return null;
  const inner = unwrapped(from);
  const role = roleOf(inner.role) ?? (inner.role === undefined ? roleOf(inner.type) : undefined);
  if (!role) return null;
  if (listOf(inner.parts).length > 0 && listOf(inner.parts).every(isGeminiPart))
    return geminiMessage(inner, "user");
  if (
    !(
      "content" in inner ||
      "parts" in inner ||
      "tool_calls" in inner ||
      "function_call" in inner ||
      "audio" in inner
    )
  )
    return null;
  const name = pickText(inner, "name");
  const parts = role === "tool" ? toolParts(inner) : spokenParts(inner);
  return { role, parts, ...(name && role !== "tool" ? { name } : {}) };
}

/** LangChain's ways to write a message down, made one: `{lc, id, kwargs}` and `{type, data}`. */
function unwrapped(from: Obj): Obj {
  if ("lc" in from && isObj(from.kwargs)) {
    const className = textOf(listOf(from.id).at(-1));
    return { type: className, ...from.kwargs, role: pick(from.kwargs, "role") ?? className };
  }
  if (isObj(from.data) && roleOf(from.type) && "content" in from.data)
    return { ...from.data, type: textOf(from.type) };
  return from;
}

function spokenParts(from: Obj): Part[] {
  const parts: Part[] = [];
  const thought =
    pickText(from, "reasoning_content", "reasoning") ||
    (isObj(from.reasoning) ? reasoningText(from.reasoning) : "");
  if (thought) parts.push({ kind: "reasoning", text: thought });
  parts.push(...contentParts(pick(from, "content", "parts")));
  const refusal = textOf(from.refusal);
  if (refusal) parts.push({ kind: "refusal", text: refusal });
  if (isObj(from.audio) && from.audio.data)
    parts.push(...contentParts([{ type: "audio", audio: from.audio }]));
  // LangChain repeats the calls of a content beside it.
  const known = new Set(parts.flatMap((p) => (p.kind === "call" && p.id ? [p.id] : [])));
  for (const made of callsOf(from))
    if (!(made.kind === "call" && known.has(made.id))) parts.push(made);
  return parts;
}

function callsOf(from: Obj): Part[] {
  const more = isObj(from.additional_kwargs) ? from.additional_kwargs : {};
  const listed = [from.tool_calls, from.toolCalls, more.tool_calls]
    .map(listOf)
    .find((l) => l.length);
  const calls = (listed ?? []).filter(isObj).map((one) => {
    const f = isObj(one.function) ? one.function : one;
    return call(
      pick(one, "id", "toolCallId"),
      pick(f, "name", "toolName"),
      pick(f, "arguments", "args", "input"),
    );
  });
  const legacy = pick(from, "function_call") ?? pick(more, "function_call");
  if (isObj(legacy)) calls.push(call("", legacy.name, legacy.arguments));
  return calls;
}

function toolParts(from: Obj): Part[] {
  const content = pick(from, "content", "parts");
  // The Vercel SDK puts the results of several calls into one message, each with its id.
  const inside = contentParts(Array.isArray(content) ? content : undefined);
  if (inside.some((part) => part.kind === "result")) return inside;
  const isError = from.status === "error" || from.is_error === true;
  return [result(pick(from, "tool_call_id", "toolCallId", "id"), from.name, content, isError)];
}
