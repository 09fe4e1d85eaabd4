/** Items of OpenAI's Responses API: messages, reasoning, and calls of tools that stand for themselves. */

import type { JsonValue } from "@/components/json-view/json-text";
import type { Message, Part } from "../types";
import { call, reasoningText, result } from "./content";
import { mediaPart, srcOf } from "./media";
import { readMessage } from "./message";
import { isObj, listOf, type Obj, pick, textOf } from "./values";

const TYPES = new Set([
  "message",
  "reasoning",
  "function_call",
  "function_call_output",
  "custom_tool_call",
  "custom_tool_call_output",
  "web_search_call",
  "file_search_call",
  "code_interpreter_call",
  "computer_call",
  "image_generation_call",
  "mcp_call",
]);

export const isResponsesItem = (item: JsonValue): boolean =>
  isObj(item) && TYPES.has(textOf(item.type));

/** Reads a list of items; null when one of them is neither an item nor a message. */
export function readItems(items: readonly JsonValue[]): Message[] | null {
  const messages: Message[] = [];
  for (const item of items) {
    const message = isObj(item) ? readItem(item) : null;
    if (!message) return null;
    const last = messages.at(-1);
    // A reasoning and the calls after it are one turn of the model.
    if (
      last?.role === "assistant" &&
      message.role === "assistant" &&
      textOf(isObj(item) ? item.type : "") !== "message"
    )
      last.parts.push(...message.parts);
    else messages.push(message);
  }
  return messages;
}

function readItem(item: Obj): Message | null {
  const said = (part: Part): Message => ({ role: "assistant", parts: [part] });
  const type = textOf(item.type);
  switch (type) {
    case "reasoning": {
      const text = reasoningText(item);
      return { role: "assistant", parts: text ? [{ kind: "reasoning", text }] : [] };
    }
    case "function_call":
    case "custom_tool_call":
      return said(call(pick(item, "call_id", "id"), item.name, pick(item, "arguments", "input")));
    case "function_call_output":
    case "custom_tool_call_output":
      return { role: "tool", parts: [result(item.call_id, "", item.output)] };
    case "image_generation_call":
      return said(mediaPart(srcOf(textOf(item.result), "image/png"), "image/png"));
    case "message":
    case "":
      return readMessage({ ...item, type: "message", role: item.role ?? "assistant" });
  }
  if (!TYPES.has(type)) return readMessage(item);
  const { type: _, id, name, output, results, ...args } = item;
  const made = call(id, name ?? type.replace(/_call$/, ""), args);
  const given = output ?? (listOf(results).length ? results : undefined);
  if (made.kind === "call" && given !== undefined && given !== null)
    made.result = { value: given, isError: item.status === "failed" };
  return said(made);
}
