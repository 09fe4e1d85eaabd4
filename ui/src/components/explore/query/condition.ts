/** One condition as a form edits it, and as the query writes it. */

import type { Chip, QueryField } from "@/api/types";
import { quoteValue } from "@/lib/slice";

/** What a person picks; negation is part of it. */
export type Operation =
  | "is"
  | "is_not"
  | "contains"
  | "not_contains"
  | "starts"
  | "not_starts"
  | "ends"
  | "not_ends"
  | "gt"
  | "gte"
  | "lt"
  | "lte"
  | "between"
  | "not_between"
  | "empty"
  | "not_empty";

export const OPERATION_LABELS: Record<Operation, string> = {
  is: "is",
  is_not: "is not",
  contains: "contains",
  not_contains: "does not contain",
  starts: "starts with",
  not_starts: "does not start with",
  ends: "ends with",
  not_ends: "does not end with",
  gt: "more than",
  gte: "at least",
  lt: "less than",
  lte: "at most",
  between: "between",
  not_between: "not between",
  empty: "is empty",
  not_empty: "is not empty",
};

/** `name` is how the text names the field, with its key: `score.accuracy`. */
export type ConditionDraft = { name: string; operation: Operation; values: string[] };

/** Kinds whose values have an order. */
export const isOrdered = (kind: string): boolean =>
  ["number", "duration", "cost", "time", "score"].includes(kind);

/** The kind of what is compared: a path into a text is a dictionary's entry. */
export const kindOf = (field: Pick<QueryField, "kind">, key: string): string =>
  field.kind === "text" && key ? "dictionary" : field.kind;

const TEXTS: Operation[] = [
  "contains",
  "not_contains",
  "is",
  "is_not",
  "starts",
  "ends",
  "not_empty",
  "empty",
];
const STRINGS: Operation[] = [
  "is",
  "is_not",
  "contains",
  "not_contains",
  "starts",
  "ends",
  "not_empty",
  "empty",
];
const NUMBERS: Operation[] = ["gte", "lte", "gt", "lt", "between", "is", "is_not"];

const OPERATIONS: Record<string, Operation[]> = {
  string: STRINGS,
  text: ["contains", "not_contains", "starts", "ends", "not_empty", "empty"],
  number: NUMBERS,
  duration: NUMBERS,
  cost: NUMBERS,
  time: ["gte", "lte", "gt", "lt", "between"],
  score: [...NUMBERS, "not_empty", "empty"],
  list: ["is", "is_not", "contains", "not_contains", "not_empty", "empty"],
  enum: ["is", "is_not"],
  bool: ["is"],
  id: ["is", "is_not", "contains", "starts"],
  dictionary: [...TEXTS, "gt", "gte", "lt", "lte"],
};

export const operationsOf = (kind: string): readonly Operation[] => OPERATIONS[kind] ?? STRINGS;

/** How many values an operation takes; "many" means any of them. */
export function arity(operation: Operation): "none" | "one" | "two" | "many" {
  if (operation === "empty" || operation === "not_empty") return "none";
  if (operation === "between" || operation === "not_between") return "two";
  return operation === "is" || operation === "is_not" ? "many" : "one";
}

/** Whether a condition says enough to be written. */
export function isComplete({ name, operation, values }: ConditionDraft): boolean {
  if (name === "" || name.endsWith(".")) return false;
  const takes = arity(operation);
  if (takes === "none") return true;
  if (takes === "two") return values.slice(0, 2).some((v) => v !== "" && v !== undefined);
  return values.some((v) => v !== "");
}

/** Two dots would make a range of a value. */
const written = (value: string): string =>
  value.includes("..") ? `"${escaped(value)}"` : quoteValue(value);
const escaped = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
/** Numbers, durations and times stand bare: in quotes they would be no end of a range. */
const bare = (value: string): string =>
  value === "" || /^[^\s()"*,]+$/.test(value) ? value : written(value);

/** Writes a condition in the query language. `kind`: of texts a plain value means "contains". */
export function conditionText({ name, operation, values }: ConditionDraft, kind = ""): string {
  const given = values.filter((v) => v !== "");
  const value = given[0] ?? "";
  const plain = isOrdered(kind) ? bare : written;
  const text = written(value);
  const sign = operation.startsWith("not_") || operation === "is_not" ? "-" : "";
  switch (operation) {
    case "is":
    case "is_not":
      return `${sign}${name}:${given.length > 1 ? `(${given.map(plain).join(", ")})` : given.length ? plain(value) : '""'}`;
    case "contains":
    case "not_contains":
      return `${sign}${name}:${kind === "text" ? text : `*${text}*`}`;
    case "starts":
    case "not_starts":
      return `${sign}${name}:${text}*`;
    case "ends":
    case "not_ends":
      return `${sign}${name}:*${text}`;
    case "gt":
      return `${name}>${bare(value)}`;
    case "gte":
      return `${name}>=${bare(value)}`;
    case "lt":
      return `${name}<${bare(value)}`;
    case "lte":
      return `${name}<=${bare(value)}`;
    case "between":
    case "not_between":
      return `${sign}${name}:${bare(values[0] ?? "")}..${bare(values[1] ?? "")}`;
    case "empty":
      return `-${name}:*`;
    case "not_empty":
      return `${name}:*`;
  }
}

const FROM_SERVER: Record<string, [plain: Operation, negated: Operation]> = {
  "=": ["is", "is_not"],
  "!=": ["is_not", "is"],
  in: ["is", "is_not"],
  not_in: ["is_not", "is"],
  contains: ["contains", "not_contains"],
  not_contains: ["not_contains", "contains"],
  starts_with: ["starts", "not_starts"],
  ends_with: ["ends", "not_ends"],
  ">": ["gt", "lte"],
  ">=": ["gte", "lt"],
  "<": ["lt", "gte"],
  "<=": ["lte", "gt"],
  range: ["between", "not_between"],
  range_exclusive: ["between", "not_between"],
  is_empty: ["empty", "not_empty"],
  is_not_empty: ["not_empty", "empty"],
};

/** The form of a chip; a chip of free text, or of what no form can say, has none. */
export function draftOf(chip: Chip): ConditionDraft | undefined {
  const found = FROM_SERVER[chip.operator];
  const name = nameIn(chip);
  if (!found || !name) return undefined;
  const operation = found[chip.negated ? 1 : 0];
  return { name, operation, values: chip.values.map((value) => unstarred(value, operation)) };
}

/** Takes away the stars that only say where a text is looked for. */
function unstarred(value: string, operation: Operation): string {
  const which = operation.replace("not_", "");
  if (which === "starts") return value.replace(/\*$/, "");
  if (which === "ends") return value.replace(/^\*/, "");
  return which === "contains" ? value.replace(/^\*(.*)\*$/s, "$1") : value;
}

const NAMED = /^(?:[^\s:=<>!"()]|"(?:[^"\\]|\\.)*")+(?=:|!=|<|>|=)/;

/** How a chip's own text names its field; undefined for free text. */
export function nameIn(chip: Pick<Chip, "text">): string | undefined {
  return NAMED.exec(chip.text.replace(/^(?:-|\(|NOT(?=\s)|\s)+/, ""))?.[0];
}

/** The name that we write: `cost` rather than `total_estimated_cost`. */
export const shortName = (field: Pick<QueryField, "name" | "short">): string =>
  field.short || field.name;

/** Splits `score.accuracy` into the field it names and the key. */
export function fieldOf<F extends Pick<QueryField, "name" | "aliases">>(
  fields: readonly F[],
  name: string,
): { field: F; key: string } | undefined {
  const lower = name.toLowerCase();
  let best: { field: F; key: string; length: number } | undefined;
  for (const field of fields)
    for (const alias of [field.name, ...field.aliases]) {
      const known = alias.toLowerCase();
      if (lower !== known && !lower.startsWith(`${known}.`)) continue;
      if (best && best.length >= alias.length) continue;
      best = { field, key: name.slice(alias.length + 1), length: alias.length };
    }
  return best && { field: best.field, key: best.key };
}

/** Writes a key after its field's name: bare where that reads, else in quotes. */
export function keyedName(name: string, key: string): string {
  return `${name}.${/^[\p{L}\p{N}_.[\]/@-]+$/u.test(key) ? key : `"${escaped(key)}"`}`;
}
