/** Payloads as text that is good to compare: what was said as lines, all else as an outline. */

import {
  type JsonValue,
  parseCutJson,
  parseJson,
  writeJson,
} from "@/components/json-view/json-text";
import { messageText } from "@/components/messages/message-text";
import { normalise } from "@/components/messages/normalise";
import type { Message } from "@/components/messages/types";

export type Side = "input" | "output" | "metadata";

/** JSON text, whole or cut, as lines; what is no JSON stays as it is. */
export function payloadText(json: string, side: Side): string {
  const value = readPayload(json);
  if (value === undefined) return json;
  if (typeof value === "string") return value;
  const found =
    side === "input"
      ? normalise(value, undefined)
      : side === "output"
        ? normalise(undefined, value)
        : null;
  if (found?.isChat) {
    const messages = side === "input" ? found.input : found.output;
    if (messages.length > 0) return messages.map(spoken).join("\n\n");
  }
  return outline(value);
}

export function readPayload(json: string): JsonValue | undefined {
  try {
    return parseJson(json);
  } catch {
    return parseCutJson(json);
  }
}

const spoken = (message: Message): string =>
  `── ${message.role}${message.name ? ` (${message.name})` : ""} ──\n${messageText(message)}`;

/** Like YAML: a line a value, long texts as they are; the same value always gives the same lines. */
export function outline(value: JsonValue): string {
  const lines: string[] = [];
  write(value, "", "", lines);
  return lines.join("\n");
}

function write(value: JsonValue, head: string, indent: string, lines: string[]): void {
  const label = head === "" ? "" : `${head} `;
  if (typeof value === "string" && value.includes("\n")) {
    lines.push(`${indent}${label}|`);
    for (const line of value.split("\n")) lines.push(`${indent}  ${line}`);
    return;
  }
  if (typeof value !== "object" || value === null) {
    lines.push(`${indent}${label}${typeof value === "string" ? value : writeJson(value, 0)}`);
    return;
  }
  const entries: [string, JsonValue][] = Array.isArray(value)
    ? value.map((entry) => ["-", entry])
    : Object.keys(value)
        // In order, since the same object may have been written in another.
        .sort()
        .map((key) => [`${key}:`, value[key] ?? null]);
  if (entries.length === 0) {
    lines.push(`${indent}${label}${Array.isArray(value) ? "[]" : "{}"}`);
    return;
  }
  if (head !== "") lines.push(`${indent}${head}`);
  const deeper = head === "" ? indent : `${indent}  `;
  for (const [key, entry] of entries) write(entry, key, deeper, lines);
}

/** Leaves of a value by their paths. */
export function flatten(value: JsonValue | undefined, most = 2000): Map<string, string> {
  const found = new Map<string, string>();
  const stack: [string, JsonValue][] = value === undefined ? [] : [["", value]];
  for (let next = stack.pop(); next && found.size < most; next = stack.pop()) {
    const [path, at] = next;
    if (typeof at !== "object" || at === null) {
      found.set(path, typeof at === "string" ? at : writeJson(at, 0));
      continue;
    }
    const below: [string, JsonValue][] = Array.isArray(at)
      ? at.map((entry, i) => [`${path}[${i}]`, entry])
      : Object.entries(at).map(([key, entry]) => [path ? `${path}.${key}` : key, entry]);
    if (below.length === 0) found.set(path, Array.isArray(at) ? "[]" : "{}");
    stack.push(...below.reverse());
  }
  return found;
}

// What a call says rather than how it is made.
const SAID =
  /^(messages|prompt|prompts|contents|input|inputs|system|system_instruction|instructions|question|query|text)$/;

/** The parameters of a model's call: what stands in its input beside what is said. */
export function parametersOf(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const found = normalise(value, undefined);
  if (!found?.isChat) return undefined;
  const rest = Object.entries(value).filter(([key]) => !SAID.test(key));
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}
