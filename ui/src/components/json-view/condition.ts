import { quoteValue } from "@/lib/slice";
import { type JsonValue, pathText } from "./json-text";

const LONGEST = 200;

/** The condition that finds what has this value at this path: `metadata.a.b:"x y"`. Null for what the query cannot say. */
export function conditionOf(
  field: string,
  pointer: readonly (string | number)[],
  value: JsonValue,
): string | null {
  if (pointer.length === 0) return null;
  const name = keyedField(field, pointer);
  if (value === null) return `-${name}:*`;
  if (typeof value === "object") return null;
  const text = String(value);
  if (text.length > LONGEST || text.includes("\n")) return null;
  if (text === "") return `${name}:""`;
  return `${name}:${text.includes("..") ? JSON.stringify(text) : quoteValue(text)}`;
}

/** `metadata.a.b`; keys that a query cannot take bare stand in quotes. */
export function keyedField(field: string, pointer: readonly (string | number)[]): string {
  let key = "";
  for (const part of pointer) key += typeof part === "number" ? `[${part}]` : `.${part}`;
  const bare = /^(?:\.[A-Za-z0-9_$-]+|\[\d+\])+$/.test(key);
  const text = key.replace(/^\./, "");
  return bare ? `${field}${key}` : `${field}.${JSON.stringify(text)}`;
}

/** A column for this path, or null: tables know columns of metadata only, and none inside lists. */
export function columnOf(field: string, pointer: readonly (string | number)[]): string | null {
  if (field !== "metadata" || pointer.length === 0) return null;
  if (pointer.some((part) => typeof part === "number")) return null;
  return pathText([field, ...pointer]).includes("[") ? null : `${field}.${pointer.join(".")}`;
}
