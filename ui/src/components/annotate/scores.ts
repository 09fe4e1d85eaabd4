/** Scores as they are given and shown. Pure. */

import type { FeedbackDefinition, FeedbackScore } from "@/api/types";

export type Given = {
  author: string;
  value: number;
  category: string;
  reason: string;
  source: string;
  at: string;
};

/** What each author gave, the latest first. */
export function givenBy(score: FeedbackScore): Given[] {
  const entries = Object.entries(score.value_by_author ?? {});
  if (entries.length === 0) {
    const author = score.last_updated_by ?? score.created_by ?? "";
    return [given(author, score)];
  }
  return entries
    .map(([author, one]) => given(author, one))
    .sort((a, b) => b.at.localeCompare(a.at) || a.author.localeCompare(b.author));
}

const given = (
  author: string,
  from: {
    value: number;
    category_name?: string | null;
    reason?: string | null;
    source?: string;
    last_updated_at?: string;
  },
): Given => ({
  author,
  value: from.value,
  category: from.category_name ?? "",
  reason: from.reason ?? "",
  source: from.source ?? "",
  at: from.last_updated_at ?? "",
});

export const ownOf = (score: FeedbackScore | undefined, user: string): Given | undefined =>
  score ? givenBy(score).find((one) => one.author === user) : undefined;

/** One line of the form: a definition, or a name that has a score without one. */
export type Field =
  | { kind: "number"; name: string; description: string; min?: number; max?: number }
  | { kind: "choice"; name: string; description: string; choices: Choice[] };
export type Choice = { label: string; value: number };

/** The lines of the form: definitions by name, then own scores that have none. */
export function fieldsOf(
  definitions: readonly FeedbackDefinition[],
  scores: readonly FeedbackScore[],
  user: string,
): Field[] {
  const fields = definitions.map(fieldOf).sort((a, b) => a.name.localeCompare(b.name));
  const known = new Set(fields.map((f) => f.name));
  for (const score of scores) {
    if (known.has(score.name) || !ownOf(score, user)) continue;
    fields.push({ kind: "number", name: score.name, description: "" });
  }
  return fields;
}

function fieldOf({ name, description, type, details }: FeedbackDefinition): Field {
  const base = { name, description: description ?? "" };
  if (type === "categorical") {
    const choices = Object.entries(details.categories ?? {}).map(([label, value]) => ({
      label,
      value,
    }));
    return { kind: "choice", ...base, choices: choices.sort((a, b) => a.value - b.value) };
  }
  if (type === "boolean") {
    const choices = [
      { label: details.trueLabel || "True", value: 1 },
      { label: details.falseLabel || "False", value: 0 },
    ];
    return { kind: "choice", ...base, choices };
  }
  return {
    kind: "number",
    ...base,
    ...(details.min === undefined ? {} : { min: details.min }),
    ...(details.max === undefined ? {} : { max: details.max }),
  };
}

/** What is wrong with a number for a field, in words; "" when nothing is. */
export function problemOf(field: Field & { kind: "number" }, text: string): string {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return "A number, please";
  if (field.min !== undefined && value < field.min) return `At least ${field.min}`;
  if (field.max !== undefined && value > field.max) return `At most ${field.max}`;
  return "";
}

/** A step of the slider that gives round numbers: a hundredth of the range, or 1 for wide ones. */
export function stepOf(min: number, max: number): number {
  const range = max - min;
  if (range <= 0) return 1;
  return range > 20 ? 1 : range > 2 ? 0.1 : 0.01;
}
