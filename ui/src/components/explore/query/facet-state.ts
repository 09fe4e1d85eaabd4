/** Facets and the query say the same thing: what is checked is what the query's text holds. */

import type { Chip, Facet, FacetValue } from "@/api/types";
import { conditionText, nameIn } from "./condition";
import { addCondition, negated, removeChip, replaceChip } from "./splice";
import { tokenize } from "./tokens";

export type Mark = "off" | "in" | "out";

type Piece = { name: string; operator: string; value: string };

/** Takes a facet's own condition (`model:gpt-4o`) apart. */
function pieceOf(query: string): Piece | undefined {
  const tokens = tokenize(query);
  const field = tokens.find((t) => t.kind === "field");
  const operator = tokens.find((t) => t.kind === "operator");
  if (!field || !operator) return undefined;
  return {
    name: query.slice(field.start, field.end),
    operator: query.slice(operator.start, operator.end),
    value: query.slice(operator.end),
  };
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const whole = (chip: Chip): string => (chip.key ? `${chip.field}.${chip.key}` : chip.field);
/** The tree names a score's field in full, a facet as people write it. */
const shortened = (name: string): string => name.replace(/^(span_)?feedback_scores\./, "$1score.");

/** The query's conditions that a facet speaks of. */
export function chipsOf(facet: Pick<Facet, "field" | "values">, chips: readonly Chip[]): Chip[] {
  const written = facet.values[0] && pieceOf(facet.values[0].query)?.name;
  return chips.filter((chip) => {
    const name = nameIn(chip);
    return (
      same(shortened(whole(chip)), shortened(facet.field)) ||
      (!!name && (same(name, facet.field) || same(name, written ?? "")))
    );
  });
}

const picks = (chip: Chip): boolean => ["=", "in", "!=", "not_in"].includes(chip.operator);
const isOut = (chip: Chip): boolean =>
  chip.negated !== (chip.operator === "!=" || chip.operator === "not_in");
const isRange = (chip: Chip): boolean => chip.operator.startsWith("range");

/** Low and high end of `0.5..<0.75`; an open end is infinite. */
export function rangeOf(value: string): [low: number, high: number] | undefined {
  const at = value.indexOf("..");
  if (at < 0) return undefined;
  const [low, high] = [value.slice(0, at), value.slice(at + 2)].map((end) =>
    end.replace(/^<|"/g, ""),
  );
  const range: [number, number] = [
    low ? Number(low) : Number.NEGATIVE_INFINITY,
    high ? Number(high) : Number.POSITIVE_INFINITY,
  ];
  return range.some(Number.isNaN) ? undefined : range;
}

const rangeOfChip = (chip: Chip): [number, number] => [
  chip.values[0] ? Number(chip.values[0]) : Number.NEGATIVE_INFINITY,
  chip.values[1] ? Number(chip.values[1]) : Number.POSITIVE_INFINITY,
];

/** Whether a value of a facet is asked for (`in`), shut out (`out`), or not spoken of. */
export function markOf(facet: Facet, value: FacetValue, chips: readonly Chip[]): Mark {
  for (const chip of chipsOf(facet, chips)) {
    const range = rangeOf(pieceOf(value.query)?.value ?? "");
    if (range) {
      if (!isRange(chip)) continue;
      const [low, high] = rangeOfChip(chip);
      if (low <= range[0] && range[1] <= high) return chip.negated ? "out" : "in";
    } else if (picks(chip) && chip.values.some((v) => same(v, value.value)))
      return isOut(chip) ? "out" : "in";
  }
  return "off";
}

/** Whether the rows without the facet's field are asked for. */
export function markOfMissing(facet: Facet, chips: readonly Chip[]): Mark {
  for (const chip of chipsOf(facet, chips)) {
    if (chip.operator === "is_empty") return chip.negated ? "out" : "in";
    if (chip.operator === "is_not_empty") return chip.negated ? "in" : "out";
  }
  return "off";
}

/** Puts a value into the query, or out of it, or away. */
export function setMark(
  text: string,
  facet: Facet,
  value: FacetValue,
  chips: readonly Chip[],
  mark: Mark,
): string {
  const own = chipsOf(facet, chips);
  const piece = pieceOf(value.query);
  if (rangeOf(piece?.value ?? "")) return setRange(text, value, own, mark);
  const edits = new Map<Chip, string | undefined>();
  const holding = own.find((c) => picks(c) && c.values.some((v) => same(v, value.value)));
  if (holding) {
    if (mark !== "off" && (mark === "out") === isOut(holding)) return text;
    edits.set(
      holding,
      list(
        holding,
        holding.values.filter((v) => !same(v, value.value)),
      ),
    );
  } else if (mark === "off") return text;
  if (mark === "off") return edited(text, edits);
  const joined = own.find((c) => c !== holding && picks(c) && isOut(c) === (mark === "out"));
  if (!joined)
    return addCondition(edited(text, edits), mark === "out" ? negated(value.query) : value.query);
  edits.set(joined, list(joined, [...joined.values, value.value]));
  return edited(text, edits);
}

/** Makes several edits, the last first, so that the places of the others still hold. */
function edited(text: string, edits: ReadonlyMap<Chip, string | undefined>): string {
  return [...edits]
    .sort(([a], [b]) => b.start - a.start)
    .reduce(
      (now, [chip, written]) =>
        written === undefined ? removeChip(now, chip) : replaceChip(now, chip, written),
      text,
    );
}

/** A chip with other values; without any it is to go. */
function list(chip: Chip, values: string[]): string | undefined {
  if (values.length === 0) return undefined;
  return conditionText({
    name: nameIn(chip) ?? whole(chip),
    operation: isOut(chip) ? "is_not" : "is",
    values,
  });
}

/** Buckets that touch become one range; another bucket takes the place of the range. */
function setRange(text: string, value: FacetValue, own: readonly Chip[], mark: Mark): string {
  const chip = own.find(isRange);
  const piece = pieceOf(value.query);
  const range = rangeOf(piece?.value ?? "");
  if (!piece || !range) return text;
  const written = mark === "out" ? negated(value.query) : value.query;
  if (!chip) return mark === "off" ? text : addCondition(text, written);
  const [low, high] = rangeOfChip(chip);
  const inside = low <= range[0] && range[1] <= high;
  if (mark === "off") {
    if (!inside) return text;
    if (low === range[0] && high > range[1])
      return replaceChip(text, chip, rangeText(piece, range[1], high, chip));
    if (high === range[1] && low < range[0])
      return replaceChip(text, chip, rangeText(piece, low, range[0], chip, true));
    return removeChip(text, chip);
  }
  if (mark === "in" && !chip.negated && (high === range[0] || low === range[1]))
    return replaceChip(
      text,
      chip,
      high === range[0]
        ? rangeText(piece, low, range[1], chip, piece.value.includes("..<"))
        : rangeText(piece, range[0], high, chip),
    );
  return replaceChip(text, chip, written);
}

function rangeText(
  piece: Piece,
  low: number,
  high: number,
  chip: Chip,
  exclusive = chip.operator === "range_exclusive",
): string {
  const end = (n: number) => (Number.isFinite(n) ? String(n) : "");
  return `${chip.negated ? "-" : ""}${piece.name}:${end(low)}..${exclusive ? "<" : ""}${end(high)}`;
}

/** Asks for the rows without the field, or shuts them out, or says nothing of it. */
export function setMissing(text: string, facet: Facet, chips: readonly Chip[], mark: Mark): string {
  const name = (facet.values[0] && pieceOf(facet.values[0].query)?.name) ?? facet.field;
  const written = mark === "in" ? `-${name}:*` : `${name}:*`;
  const held = chipsOf(facet, chips).find((c) => /^is_(not_)?empty$/.test(c.operator));
  if (held) return mark === "off" ? removeChip(text, held) : replaceChip(text, held, written);
  return mark === "off" ? text : addCondition(text, written);
}
