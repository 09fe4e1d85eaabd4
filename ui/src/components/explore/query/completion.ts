/** What may be written at the caret: fields, keys, operators or values. */

import type { QueryField } from "@/api/types";
import { fieldOf, isOrdered, keyedName, kindOf, shortName } from "./condition";
import { type Token, tokenize } from "./tokens";

export type Context = {
  /** The piece of the text that a choice replaces. */
  from: number;
  to: number;
  /** What is typed of it already, without quotes. */
  prefix: string;
} & (
  | { kind: "field" }
  | { kind: "key"; name: string }
  | {
      kind: "value";
      name: string;
      operator: string;
      inList: boolean;
      /** The query without this condition: what the values are counted in. */
      rest: string;
    }
);

export type Suggestion = {
  id: string;
  section: "Recent" | "Fields" | "Keys" | "Comparisons" | "Values" | "Joining";
  label: string;
  detail?: string;
  count?: number;
  /** What stands for `from` to `to` afterwards. */
  insert: string;
  /** Replaces the whole query. */
  whole?: boolean;
};

const unquoted = (piece: string): string =>
  piece.startsWith('"')
    ? piece.slice(1).replace(/"$/, "").replaceAll('\\"', '"').replaceAll("\\\\", "\\")
    : piece;

export function contextAt(text: string, caret: number): Context {
  const tokens = tokenize(text);
  const index = tokens.findIndex((t) => t.start < caret && caret <= t.end);
  const token = tokens[index];
  if (!token) return { kind: "field", from: caret, to: caret, prefix: "" };
  if (token.kind === "value" || token.kind === "operator" || token.inList)
    return token.kind === "close"
      ? { kind: "field", from: caret, to: caret, prefix: "" }
      : valueContext(text, caret, tokens, index);
  if (token.kind === "text" || token.kind === "field" || token.kind === "keyword")
    return nameContext(text, caret, token);
  return { kind: "field", from: caret, to: caret, prefix: "" };
}

function nameContext(text: string, caret: number, token: Token): Context {
  const piece = text.slice(token.start, caret);
  const dot = piece.indexOf(".");
  const place = { from: token.start, to: token.end };
  if (dot > 0 && /^[A-Za-z_]\w*$/.test(piece.slice(0, dot)))
    return {
      kind: "key",
      ...place,
      name: piece.slice(0, dot),
      prefix: unquoted(piece.slice(dot + 1)),
    };
  return { kind: "field", ...place, prefix: piece };
}

function valueContext(text: string, caret: number, tokens: Token[], index: number): Context {
  const token = tokens[index] as Token;
  const at = tokens.findLastIndex((t, i) => i <= index && t.kind === "field");
  const field = tokens[at];
  const operator = tokens[at + 1];
  const next = tokens[index + 1];
  const adjacent = next?.kind === "value" && next.start === caret ? next.end : caret;
  const inside = token.kind === "value";
  const to = inside ? token.end : adjacent;
  return {
    kind: "value",
    name: field ? text.slice(field.start, field.end) : "",
    operator: operator ? text.slice(operator.start, operator.end) : ":",
    inList: token.inList ?? false,
    from: inside ? token.start : caret,
    to,
    rest: without(text, tokens, at, to),
    prefix: inside ? unquoted(text.slice(token.start, caret)) : "",
  };
}

function without(text: string, tokens: Token[], field: number, to: number): string {
  const before = tokens[field - 1];
  const start = (before?.kind === "minus" ? before : tokens[field])?.start ?? 0;
  const close = tokens.find((t, i) => i > field && t.kind === "close" && t.inList);
  const next = tokens.findIndex((t, i) => i > field && t.kind === "field");
  const isOwn = close && tokens[field + 2]?.inList && (next < 0 || tokens.indexOf(close) < next);
  const end = isOwn ? close.end : tokens[field + 2]?.inList && !isOwn ? text.length : to;
  return `${text.slice(0, start).trim()} ${text.slice(end).trim()}`.trim();
}

const COMPARISONS: [operator: string, detail: string][] = [
  [":", "is"],
  [">", "more than"],
  [">=", "at least"],
  ["<", "less than"],
  ["<=", "at most"],
  ["!=", "is not"],
  [":*", "is not empty"],
];

const plain = (operator: string): string => operator.replace(/^:(?=.)/, "");

/** The comparisons that may follow a field's name. */
export function comparisonsFor(field: QueryField, name: string, kind: string): Suggestion[] {
  const ordered = isOrdered(kind);
  const possible = COMPARISONS.filter(
    ([operator]) =>
      field.operators.length === 0 ||
      operator === ":*" ||
      field.operators.includes(plain(operator)),
  );
  // Figures are mostly compared, texts mostly equal.
  const ranked = ordered
    ? [...possible.filter(([o]) => /^[<>]/.test(o)), ...possible.filter(([o]) => !/^[<>]/.test(o))]
    : possible.filter(([o]) => !/^[<>]/.test(o) || kind === "dictionary");
  return ranked.map(([operator, detail]) => ({
    id: `operator ${operator}`,
    section: "Comparisons",
    label: `${name}${operator}`,
    detail: operator === ":" && ordered ? "is, or lies between: 1..5" : detail,
    insert: `${name}${operator}${operator === ":*" ? " " : ""}`,
  }));
}

/** How well a name fits what is typed: 0 begins with it, 1 holds it, none does not. */
function closeness(candidate: string, prefix: string): number | undefined {
  const at = candidate.toLowerCase().indexOf(prefix.toLowerCase());
  return at < 0 ? undefined : at === 0 ? 0 : 1;
}

function ranked<T>(items: readonly T[], rank: (item: T) => number | undefined): T[] {
  return items
    .map((item, i) => ({ item, i, rank: rank(item) }))
    .filter((r): r is { item: T; i: number; rank: number } => r.rank !== undefined)
    .sort((a, b) => a.rank - b.rank || a.i - b.i)
    .map((r) => r.item);
}

/** What a field's name leads on to: a key, a comparison, or at once a value. */
function insertOf(field: QueryField): string {
  const name = shortName(field);
  if (field.needs_key || field.kind === "dictionary" || field.kind === "score") return `${name}.`;
  return isOrdered(field.kind) ? name : `${name}:`;
}

/** What people look for most; the rest follows in the server's order. */
const FIRST = [
  "status",
  "name",
  "model",
  "duration",
  "total_estimated_cost",
  "tags",
  "feedback_scores",
  "metadata",
  "input",
  "output",
  "error_type",
  "tokens",
  "environment",
  "user",
];

function fieldSuggestions(prefix: string, all: readonly QueryField[]): Suggestion[] {
  const place = ({ name }: QueryField) => {
    const at = FIRST.indexOf(name);
    return at < 0 ? FIRST.length : at;
  };
  const fields = [...all].sort((a, b) => place(a) - place(b));
  const exact = prefix && fieldOf(fields, prefix);
  const comparisons =
    exact && !exact.field.needs_key
      ? comparisonsFor(exact.field, prefix, kindOf(exact.field, ""))
      : [];
  const found = ranked(fields, (field) => {
    const ranks = [field.name, ...field.aliases]
      .map((name) => closeness(name, prefix))
      .filter((r) => r !== undefined);
    return ranks.length > 0 ? Math.min(...ranks) : undefined;
  });
  return [
    ...comparisons,
    ...found.map((field) => ({
      id: `field ${field.name}`,
      section: "Fields" as const,
      label: shortName(field),
      detail: field.description,
      insert: insertOf(field),
    })),
  ];
}

function keySuggestions(name: string, prefix: string, fields: readonly QueryField[]): Suggestion[] {
  const field = fieldOf(fields, name)?.field;
  if (!field) return [];
  const kind = kindOf(field, "key");
  const comparisons = field.keys.includes(prefix)
    ? comparisonsFor(field, keyedName(name, prefix), kind)
    : [];
  const keys = ranked(field.keys, (key) => closeness(key, prefix)).slice(0, 50);
  return [
    ...comparisons,
    ...keys.map((key) => ({
      id: `key ${key}`,
      section: "Keys" as const,
      label: `${name}.${key}`,
      insert: `${keyedName(name, key)}${isOrdered(kind) ? "" : ":"}`,
    })),
  ];
}

/** All that needs no look at the data; values of open fields come from the server. */
export function suggestionsFor(
  context: Context,
  fields: readonly QueryField[],
  text: string,
): Suggestion[] {
  if (context.kind === "key") return keySuggestions(context.name, context.prefix, fields);
  if (context.kind === "value" || /^(AND|OR|NOT)$/.test(context.prefix)) return [];
  const joining =
    context.prefix === "" && text.slice(0, context.from).trim() !== "" && /\S/.test(text)
      ? JOINING.filter(
          ({ id }) => id !== "or" || !/(OR|AND|NOT|\(|-)\s*$/.test(text.slice(0, context.from)),
        )
      : [];
  return [...fieldSuggestions(context.prefix, fields), ...joining];
}

const JOINING: Suggestion[] = [
  { id: "or", section: "Joining", label: "OR", detail: "either side holds", insert: "OR " },
  {
    id: "not",
    section: "Joining",
    label: "NOT",
    detail: "what follows does not hold",
    insert: "NOT ",
  },
];

/** Puts a choice into the text and says where the caret goes. */
export function applySuggestion(
  text: string,
  context: Pick<Context, "from" | "to">,
  suggestion: Suggestion,
): { text: string; caret: number } {
  if (suggestion.whole) return { text: suggestion.insert, caret: suggestion.insert.length };
  const after = text.slice(context.to);
  // A value ends its condition; the space behind it may be there already.
  const insert = /^\s/.test(after) ? suggestion.insert.replace(/\s$/, "") : suggestion.insert;
  const caret = context.from + insert.length + (insert === suggestion.insert ? 0 : 1);
  return { text: text.slice(0, context.from) + insert + after, caret };
}
