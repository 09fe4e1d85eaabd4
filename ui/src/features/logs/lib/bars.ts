import type { Row } from "@/api/types";
import type { DataColumn } from "@/components/data-table/types";

/** A few very long rows must not make the bars of all others vanish. */
const FULL_AT = 0.95;

/** Returns how much a full bar is worth, column by column, from the rows in sight. */
export function barsOf(
  columns: readonly DataColumn<Row>[],
  shown: readonly string[],
  rows: readonly Row[],
): Record<string, number> {
  const isShown = new Set(shown);
  const bars: Record<string, number> = {};
  for (const { id, bar, section } of columns) {
    if (!bar || !isShown.has(id)) continue;
    const values = rows.flatMap((row) => bar(row) ?? []).sort((a, b) => a - b);
    const full = values[Math.ceil(values.length * FULL_AT) - 1] ?? 0;
    // A score of at most 1 is a share of 1.
    bars[id] = section === "scores" ? Math.max(1, values.at(-1) ?? 0) : full;
  }
  return bars;
}
