/** What stands on a row of the viewer. Pure. */

import type { JsonValue } from "./json-text";

const SHOWN_TEXT = 400;

export type RowKind =
  | "object"
  | "array"
  | "string"
  | "number"
  | "boolean"
  | "null"
  | "group"
  | "line";

/** Positions of children, from the top; groups count as a level. */
export type Path = readonly number[];

export type JsonRow = {
  path: Path;
  depth: number;
  kind: RowKind;
  /** Name in its object or place in its list; a group says its range. Null for a lone value or a line. */
  label: string | number | null;
  /** What is to be read on the row. */
  text: string;
  /** Children of a list, characters of a text. */
  size: number;
  expandable: boolean;
  open: boolean;
};

export type Branching = JsonValue[] | { [key: string]: JsonValue } | string;
export const isBranch = (value: JsonValue): value is Branching =>
  typeof value === "string" || (typeof value === "object" && value !== null);

/** A text that does not fit its row opens into lines. */
export const isLong = (text: string, columns: number): boolean =>
  text.length > columns - 8 || text.includes("\n");

export function valueRow(
  value: JsonValue,
  columns: number,
): Pick<JsonRow, "kind" | "text" | "size" | "expandable"> {
  if (typeof value === "string") {
    const text = value.slice(0, SHOWN_TEXT);
    return { kind: "string", text, size: value.length, expandable: isLong(value, columns) };
  }
  if (Array.isArray(value)) {
    return {
      kind: "array",
      text: preview(value),
      size: value.length,
      expandable: value.length > 0,
    };
  }
  if (typeof value === "object" && value !== null) {
    const size = sizeOf(value);
    return { kind: "object", text: preview(value), size, expandable: size > 0 };
  }
  const kind =
    value === null
      ? "null"
      : typeof value === "boolean"
        ? ("boolean" as const)
        : ("number" as const);
  return { kind, text: String(value), size: 0, expandable: false };
}

export const loneRow = (value: JsonValue): JsonRow => ({
  path: [],
  depth: 0,
  label: null,
  ...valueRow(value, Number.POSITIVE_INFINITY),
  expandable: false,
  open: false,
});

const sizes = new WeakMap<object, number>();

/** Members of an object; counting those of a large one takes a while, so it is done once. */
function sizeOf(value: object): number {
  let size = sizes.get(value);
  if (size === undefined) {
    size = Object.keys(value).length;
    sizes.set(value, size);
  }
  return size;
}

const PREVIEWED = 5;

/** The first few members of a closed list or object. */
function preview(value: JsonValue[] | { [key: string]: JsonValue }): string {
  const shown: string[] = [];
  let more = false;
  if (Array.isArray(value)) {
    for (const item of value.slice(0, PREVIEWED)) shown.push(short(item));
    more = value.length > PREVIEWED;
    return `[${shown.join(", ")}${more ? ", …" : ""}]`;
  }
  for (const key in value) {
    if (shown.length === PREVIEWED) {
      more = true;
      break;
    }
    shown.push(`${key}: ${short(value[key] as JsonValue)}`);
  }
  return `{${shown.join(", ")}${more ? ", …" : ""}}`;
}

function short(value: JsonValue): string {
  if (typeof value === "string")
    return value.length > 24 ? `"${value.slice(0, 24)}…"` : `"${value}"`;
  if (Array.isArray(value)) return value.length ? "[…]" : "[]";
  if (typeof value === "object" && value !== null) {
    for (const _ in value) return "{…}";
    return "{}";
  }
  return String(value);
}
