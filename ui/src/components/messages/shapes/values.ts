/** Small readers of unknown JSON. */

import type { JsonValue } from "@/components/json-view/json-text";

export type Obj = { [key: string]: JsonValue };

export const isObj = (value: unknown): value is Obj =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** The first of the named members that is there. */
export function pick(from: Obj, ...names: string[]): JsonValue | undefined {
  for (const name of names) if (from[name] !== undefined && from[name] !== null) return from[name];
  return undefined;
}

export const pickText = (from: Obj, ...names: string[]): string => {
  for (const name of names) {
    const found = from[name];
    if (typeof found === "string" && found !== "") return found;
  }
  return "";
};

export const listOf = (value: unknown): JsonValue[] => (Array.isArray(value) ? value : []);

/** Text that holds JSON (arguments of a call) as the value it says; other text stays text. */
export function parsed(value: JsonValue | undefined): JsonValue {
  if (typeof value !== "string") return value ?? null;
  const text = value.trim();
  if (!text.startsWith("{") && !text.startsWith("[")) return value;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return value;
  }
}
