/** In what the two sides of a merged row differ. */

import {
  costOf,
  durationOf,
  errorOf,
  hasChildren,
  modelOf,
  nameOf,
  type TreeModel,
  tokensOf,
  typeOf,
} from "@/components/span-tree/model";
import type { Merged } from "./align";

export type Status = "same" | "changed" | "added" | "removed";

/** A field and what it was and is, in words. */
export type Change = { what: string; before: string; after: string };

/** Texts of the spans of a trace by id, as far as they were looked at. */
export type Previews = ReadonlyMap<string, { input: string; output: string }>;

export type Comparison = {
  a: TreeModel;
  b: TreeModel;
  merged: Merged;
  /** Absent while they load, or where there are too many spans to look at. */
  previews?: { a: Previews; b: Previews } | undefined;
};

export function changesOf(comparison: Comparison, row: number): Change[] {
  const { a, b, merged, previews } = comparison;
  const x = merged.a[row] ?? -1;
  const y = merged.b[row] ?? -1;
  if (x < 0 || y < 0) return [];
  const changes: Change[] = [];
  const compare = (what: string, before: string, after: string) => {
    if (before !== after) changes.push({ what, before, after });
  };
  compare("name", nameOf(a, x), nameOf(b, y));
  compare("type", typeOf(a, x), typeOf(b, y));
  compare("error", errorOf(a, x), errorOf(b, y));
  // The figures of a trace are the sums of its spans', which say it themselves.
  if (x === 0 || y === 0) return changes;
  const i = a.span[x] ?? 0;
  const j = b.span[y] ?? 0;
  compare("model", modelOf(a, x), modelOf(b, y));
  compare("provider", a.spans.provider[i] ?? "", b.spans.provider[j] ?? "");
  compare("tags", (a.spans.tags[i] ?? []).join(", "), (b.spans.tags[j] ?? []).join(", "));
  compare("environment", a.spans.environment[i] ?? "", b.spans.environment[j] ?? "");
  const texts = previews?.a.get(a.spans.id[i] ?? "");
  const others = previews?.b.get(b.spans.id[j] ?? "");
  if (texts && others) {
    if (texts.input !== others.input) changes.push({ what: "input", before: "", after: "" });
    if (texts.output !== others.output) changes.push({ what: "output", before: "", after: "" });
  } else if (!hasChildren(a, x) || !hasChildren(b, y)) {
    // Without the texts, their tokens tell that they cannot be the same.
    const prompt = [a.spans.prompt_tokens[i], b.spans.prompt_tokens[j]];
    const completion = [a.spans.completion_tokens[i], b.spans.completion_tokens[j]];
    if (prompt[0] !== prompt[1]) changes.push({ what: "input", before: "", after: "" });
    if (completion[0] !== completion[1]) changes.push({ what: "output", before: "", after: "" });
  }
  return changes;
}

export type Statuses = {
  /** An entry a row. */
  of: Status[];
  added: number;
  removed: number;
  changed: number;
};

export function statusesOf(comparison: Comparison): Statuses {
  const { merged } = comparison;
  const found: Statuses = { of: new Array(merged.count), added: 0, removed: 0, changed: 0 };
  for (let row = 0; row < merged.count; row++) {
    const status: Status =
      (merged.a[row] ?? -1) < 0
        ? "added"
        : (merged.b[row] ?? -1) < 0
          ? "removed"
          : changesOf(comparison, row).length > 0
            ? "changed"
            : "same";
    found.of[row] = status;
    if (status !== "same") found[status] += 1;
  }
  return found;
}

/** Rows that differ, and those that they hang on. */
export function keepDifferent(merged: Merged, statuses: Statuses): Uint8Array {
  const keep = new Uint8Array(merged.count);
  keep[0] = 1;
  for (let row = merged.count - 1; row > 0; row--) {
    if (statuses.of[row] !== "same") keep[row] = 1;
    if (keep[row] === 1) keep[merged.parent[row] ?? 0] = 1;
  }
  return keep;
}

export type Figure = "duration" | "tokens" | "cost";
const READ: Record<Figure, (model: TreeModel, row: number) => number | null> = {
  duration: durationOf,
  tokens: tokensOf,
  cost: costOf,
};

/** A figure on both sides; `delta` is null where neither side has it, and a missing side counts as 0. */
export function deltaOf(
  { a, b, merged }: Comparison,
  row: number,
  figure: Figure,
): { before: number | null; after: number | null; delta: number | null } {
  const x = merged.a[row] ?? -1;
  const y = merged.b[row] ?? -1;
  const before = x < 0 ? null : READ[figure](a, x);
  const after = y < 0 ? null : READ[figure](b, y);
  return {
    before,
    after,
    delta: before === null && after === null ? null : (after ?? 0) - (before ?? 0),
  };
}
