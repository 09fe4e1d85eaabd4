/** Edits of a query's text that leave the rest as its author wrote it. */

import type { Chip } from "@/api/types";
import { hasTopLevelOr, tokenize } from "./tokens";

type Span = Pick<Chip, "start" | "end">;

/** Puts another text in a condition's place. */
export function replaceChip(text: string, chip: Span, replacement: string): string {
  return text.slice(0, chip.start) + replacement + text.slice(chip.end);
}

/** Takes a condition out, with the AND that joined it. */
export function removeChip(text: string, chip: Span): string {
  const before = text.slice(0, chip.start);
  const after = text.slice(chip.end);
  const joined = /(^|\s)AND\s+$/.exec(before);
  if (joined) return tidy(before.slice(0, joined.index), after);
  return tidy(before, after.replace(/^\s+AND(?=\s|$)/, ""));
}

const tidy = (before: string, after: string): string =>
  [before.trimEnd(), after.trimStart()].filter((part) => part !== "").join(" ");

/** Turns a condition into its opposite, and back. */
export function negateChip(text: string, chip: Span & Pick<Chip, "text">): string {
  return replaceChip(text, chip, negated(chip.text));
}

export function negated(condition: string): string {
  if (/^NOT\s/.test(condition)) return condition.replace(/^NOT\s+/, "");
  if (condition.startsWith("-")) return condition.slice(1);
  const operator = tokenize(condition).find((t) => t.kind === "operator");
  if (operator && condition.slice(operator.start, operator.end) === "!=")
    return `${condition.slice(0, operator.start)}:${condition.slice(operator.end)}`;
  return `-${condition}`;
}

/** Adds a condition to a query; `a OR b` is put in parentheses first. */
export function addCondition(text: string, condition: string): string {
  const base = text.trim();
  if (base === "") return condition;
  return `${hasTopLevelOr(base) ? `(${base})` : base} ${condition}`;
}

/** Joins alternatives: one stands alone, several become `(a OR b)`. */
export function anyOf(conditions: readonly string[]): string {
  return conditions.length > 1 ? `(${conditions.join(" OR ")})` : (conditions[0] ?? "");
}
