/** Which rows of a tree are shown: those that no folded row hides and no filter leaves out. */

import { errorOf, modelOf, nameOf, type TreeModel, typeOf } from "./model";

export type Shown = {
  /** The rows shown, from top to bottom. */
  rows: Int32Array;
  /** An entry a row of the tree: where it is shown; for a hidden row its nearest shown ancestor's place. */
  place: Int32Array;
  /** 1 for a row that is the last shown child of its parent (its connector line ends there). */
  last: Uint8Array;
};

/** Rows that match, and those above them that keep them in their place. */
export type Kept = { hit: Uint8Array; keep: Uint8Array; hits: number };

/** What it takes of a tree to lay out its rows. */
export type TreeShape = Pick<TreeModel, "count" | "size" | "parent">;

export function shownRows(
  model: TreeShape,
  folded: (row: number) => boolean,
  keep?: Uint8Array,
): Shown {
  const rows = new Int32Array(model.count);
  const place = new Int32Array(model.count);
  const last = new Uint8Array(model.count);
  let shown = 0;
  let row = 0;
  while (row < model.count) {
    const size = model.size[row] ?? 1;
    if (keep && row > 0 && keep[row] === 0) {
      place.fill(place[model.parent[row] ?? 0] ?? 0, row, row + size);
      row += size;
      continue;
    }
    rows[shown] = row;
    place[row] = shown;
    shown += 1;
    if (size > 1 && folded(row)) {
      place.fill(shown - 1, row, row + size);
      row += size;
    } else {
      row += 1;
    }
  }
  const seen = new Uint8Array(model.count);
  for (let i = shown - 1; i > 0; i--) {
    const at = rows[i] ?? 0;
    const above = model.parent[at] ?? 0;
    if (seen[above] === 0) {
      seen[above] = 1;
      last[at] = 1;
    }
  }
  return { rows: rows.subarray(0, shown), place, last };
}

/**
 * Keeps the rows of a kind or with a text in name, model or type, and all above them.
 * `found` are rows in whose payloads the server found the text.
 */
export function keepRows(
  model: TreeModel,
  only: "errors" | "llm" | undefined,
  text: string,
  found?: ReadonlySet<number>,
): Kept | undefined {
  const sought = text.trim().toLowerCase();
  if (!only && !sought) return undefined;
  const hit = new Uint8Array(model.count);
  const keep = new Uint8Array(model.count);
  keep[0] = 1;
  let hits = 0;
  // From the last row up, so that a row's children are decided before it.
  for (let row = model.count - 1; row >= 0; row--) {
    const ofKind =
      !only || (only === "errors" ? errorOf(model, row) !== "" : typeOf(model, row) === "llm");
    if (ofKind && (!sought || found?.has(row) || says(model, row, sought))) {
      hit[row] = 1;
      keep[row] = 1;
      hits += 1;
    }
    if (keep[row] === 1 && row > 0) keep[model.parent[row] ?? 0] = 1;
  }
  return { hit, keep, hits };
}

const says = (model: TreeModel, row: number, sought: string): boolean =>
  nameOf(model, row).toLowerCase().includes(sought) ||
  modelOf(model, row).toLowerCase().includes(sought);

/** The rows at which a tree folds so that `levels` levels of spans are seen. */
export function foldedAt(model: TreeModel, levels: number): number[] {
  const rows: number[] = [];
  for (let row = 1; row < model.count; row++) {
    if ((model.size[row] ?? 1) > 1 && (model.depth[row] ?? 0) >= levels) rows.push(row);
  }
  return rows;
}
