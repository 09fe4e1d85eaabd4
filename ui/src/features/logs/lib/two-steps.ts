/** Rows come in two steps: narrow columns at once, payloads (of which reading one costs as much as all the rest) after. */

import type { Row } from "@/api/types";

const WIDE = new Set(["input", "output", "metadata", "first_message", "last_message"]);

export const isWide = (field: string): boolean => WIDE.has(field) || field.startsWith("metadata.");

export function inTwoSteps(fields: readonly string[]): { narrow: string[]; wide: string[] } {
  return {
    narrow: fields.filter((field) => !isWide(field)),
    wide: fields.filter(isWide),
  };
}

/** Joins a row with its payloads; the same two give the same object again, so that nothing is drawn anew. */
export class RowJoiner {
  private readonly joined = new WeakMap<Row, { wide: Row; row: Row }>();

  join(rows: readonly Row[], payloads: readonly Row[] | undefined): readonly Row[] {
    if (!payloads) return rows;
    const byId = new Map(payloads.map((row) => [row.id, row]));
    return rows.map((row) => {
      const wide = byId.get(row.id);
      return wide === undefined ? row : this.one(row, wide);
    });
  }

  private one(row: Row, wide: Row): Row {
    const known = this.joined.get(row);
    if (known?.wide === wide) return known.row;
    // What a row says by itself is newer: one that ended in the meantime was read whole.
    const made = { ...wide, ...row };
    this.joined.set(row, { wide, row: made });
    return made;
  }
}
