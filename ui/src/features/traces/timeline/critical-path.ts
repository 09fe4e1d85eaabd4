/** What made a trace take as long as it took. */

import type { TreeModel } from "@/components/span-tree/model";

export type CriticalPath = {
  /** Stretches one after the other, first to last: a row and the ms from and to which it was waited for. */
  row: Int32Array;
  from: Float64Array;
  to: Float64Array;
  /** An entry a row: ms of the path that are its own, without its children's. */
  own: Float64Array;
};

/**
 * Walks back from the end: of the children of a span, the one that ended last before the
 * moment looked at was what it waited for; between children it worked itself. Children that ended
 * later ran beside and held nothing up.
 */
export function criticalPath(model: TreeModel): CriticalPath {
  const byEnd = childrenByEnd(model);
  const rows: number[] = [];
  const from: number[] = [];
  const to: number[] = [];
  const own = new Float64Array(model.count);
  const stretch = (row: number, start: number, end: number) => {
    if (end <= start) return;
    rows.push(row);
    from.push(start);
    to.push(end);
    own[row] = (own[row] ?? 0) + end - start;
  };

  // One entry a level of the walk: the span, the next of its children to look at, the moment reached,
  // and the part of the span that counts. Not recursive: a chain may be thousands deep.
  const stack: { row: number; at: number; cursor: number; floor: number; roof: number }[] = [];
  const enter = (row: number, floor: number, roof: number) =>
    stack.push({ row, at: byEnd.first[row] ?? 0, cursor: roof, floor, roof });
  enter(0, model.from, Math.max(model.end[0] ?? 0, model.to));
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const stop = byEnd.first[top.row + 1] ?? 0;
    let child = -1;
    let start = 0;
    let end = 0;
    while (top.at < stop && child === -1) {
      const candidate = byEnd.rows[top.at] ?? 0;
      top.at += 1;
      start = Math.max(model.start[candidate] ?? 0, top.floor);
      // A child that outlives its parent counts up to the parent's end.
      end = Math.min(model.end[candidate] ?? 0, top.roof);
      if (end <= top.cursor && end > start) child = candidate;
    }
    if (child === -1) {
      stretch(top.row, top.floor, top.cursor);
      stack.pop();
      continue;
    }
    stretch(top.row, end, top.cursor);
    top.cursor = start;
    enter(child, start, end);
  }
  return {
    row: Int32Array.from(rows.reverse()),
    from: Float64Array.from(from.reverse()),
    to: Float64Array.from(to.reverse()),
    own,
  };
}

/** The children of each row, latest end first: those of `row` are `rows[first[row] … first[row + 1] - 1]`. */
function childrenByEnd(model: TreeModel): { rows: Int32Array; first: Int32Array } {
  const first = new Int32Array(model.count + 1);
  for (let row = 1; row < model.count; row++) {
    const slot = (model.parent[row] ?? 0) + 1;
    first[slot] = (first[slot] ?? 0) + 1;
  }
  for (let row = 0; row < model.count; row++)
    first[row + 1] = (first[row + 1] ?? 0) + (first[row] ?? 0);
  const rows = new Int32Array(Math.max(0, model.count - 1));
  const filled = first.slice();
  for (let row = 1; row < model.count; row++) {
    const above = model.parent[row] ?? 0;
    const slot = filled[above] ?? 0;
    rows[slot] = row;
    filled[above] = slot + 1;
  }
  const later = (a: number, b: number) =>
    (model.end[b] ?? 0) - (model.end[a] ?? 0) || (model.start[b] ?? 0) - (model.start[a] ?? 0);
  for (let row = 0; row < model.count; row++) {
    const start = first[row] ?? 0;
    const stop = first[row + 1] ?? 0;
    if (stop - start > 1) rows.subarray(start, stop).sort(later);
  }
  return { rows, first };
}
