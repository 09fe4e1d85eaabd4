/** Lays two trees of spans over each other: what is in both, what was added, what was removed. */

import type { TreeModel } from "@/components/span-tree/model";
import { matchLists } from "./match-lists";
import { type Signatures, signPair } from "./signatures";

/** Both trees as one. Rows are in the order of a tree; arrays have an entry a row. */
export type Merged = {
  count: number;
  /** Row in the tree of a, -1 for what was added. */
  a: Int32Array;
  /** Row in the tree of b, -1 for what was removed. */
  b: Int32Array;
  parent: Int32Array;
  depth: Uint32Array;
  size: Int32Array;
};

type Sides = {
  a: TreeModel;
  b: TreeModel;
  sa: Signatures;
  sb: Signatures;
  /** Row of the other tree, -1 for none. */
  ofA: Int32Array;
  ofB: Int32Array;
};

/**
 * Matches the roots, then, from the top down, the children of what is matched. Steps that one side has
 * put into a new span, or taken out of one, are found one or more levels deeper.
 * The work grows with the number of spans, and with the product of lengths of sibling lists only up to a cap.
 */
export function align(a: TreeModel, b: TreeModel): Merged {
  const [sa, sb] = signPair(a, b);
  const sides: Sides = {
    a,
    b,
    sa,
    sb,
    ofA: new Int32Array(a.count).fill(-1),
    ofB: new Int32Array(b.count).fill(-1),
  };
  const work: [number, number][] = [];
  const pair = (x: number, y: number) => {
    sides.ofA[x] = y;
    sides.ofB[y] = x;
    work.push([x, y]);
  };
  pair(0, 0);
  for (let next = work.pop(); next; next = work.pop()) {
    const la = childrenOf(a, next[0]);
    const lb = childrenOf(b, next[1]);
    if (la.length === 0 && lb.length === 0) continue;
    for (const found of matchLists(sa, sb, la, lb)) pair(found.a, found.b);
    matchLeft(sides, la, lb, pair);
  }
  return merge(sides);
}

export function childrenOf(model: TreeModel, row: number): number[] {
  const found: number[] = [];
  const stop = row + (model.size[row] ?? 1);
  for (let child = row + 1; child < stop; child += model.size[child] ?? 1) found.push(child);
  return found;
}

type Pair = (x: number, y: number) => void;

/** Looks at each stretch of unpaired rows between two pairs. */
function matchLeft(sides: Sides, la: number[], lb: number[], pair: Pair): void {
  let i = 0;
  let j = 0;
  while (i < la.length || j < lb.length) {
    const leftA: number[] = [];
    const leftB: number[] = [];
    for (; i < la.length && sides.ofA[la[i] ?? 0] === -1; i++) leftA.push(la[i] ?? 0);
    for (; j < lb.length && sides.ofB[lb[j] ?? 0] === -1; j++) leftB.push(lb[j] ?? 0);
    // The pair that ends the stretch on both sides.
    i += 1;
    j += 1;
    if (leftA.length === 0 || leftB.length === 0) continue;
    matchWrapped(sides, leftA, leftB, pair);
    matchAlike(
      sides,
      leftA.filter((row) => sides.ofA[row] === -1),
      leftB.filter((row) => sides.ofB[row] === -1),
      pair,
    );
  }
}

// How many levels of new spans may lie around old ones.
const WRAPPED_LEVELS = 6;
// Stretches longer than this are no rename or wrapping that a person would recognise.
const MOST_LEFT = 64;

/** Steps of one side that hang in a new span of the other. */
function matchWrapped(sides: Sides, leftA: number[], leftB: number[], pair: Pair): void {
  if (leftA.length > MOST_LEFT || leftB.length > MOST_LEFT) return;
  const { a, b, sa, sb, ofA, ofB } = sides;
  for (const wrapper of leftB) {
    let list = childrenOf(b, wrapper);
    for (let level = 0; level < WRAPPED_LEVELS && list.length > 0; level++) {
      const free = leftA.filter((row) => ofA[row] === -1);
      const found = matchLists(sa, sb, free, list).filter(sameName(sa, sb));
      if (found.length > 0 && found.length * 2 >= Math.min(free.length, list.length)) {
        for (const { a: x, b: y } of found) pair(x, y);
        break;
      }
      list = list.length === 1 ? childrenOf(b, list[0] ?? 0) : [];
    }
  }
  for (const wrapper of leftA.filter((row) => ofA[row] === -1)) {
    let list = childrenOf(a, wrapper);
    for (let level = 0; level < WRAPPED_LEVELS && list.length > 0; level++) {
      // What has taken in steps of the other side must not go into one of it.
      const free = leftB.filter((row) => ofB[row] === -1 && !holdsPairs(b, ofB, row));
      const found = matchLists(sa, sb, list, free).filter(sameName(sa, sb));
      if (found.length > 0 && found.length * 2 >= Math.min(free.length, list.length)) {
        for (const { a: x, b: y } of found) pair(x, y);
        break;
      }
      list = list.length === 1 ? childrenOf(a, list[0] ?? 0) : [];
    }
  }
}

const sameName =
  (sa: Signatures, sb: Signatures) =>
  ({ a, b }: { a: number; b: number }): boolean =>
    sa.key[a] === sb.key[b];

function holdsPairs(model: TreeModel, other: Int32Array, row: number): boolean {
  const stop = row + (model.size[row] ?? 1);
  for (let below = row + 1; below < stop; below++) if (other[below] !== -1) return true;
  return false;
}

// Of the steps below, this share must be in both for two spans of different names to be one.
const ALIKE = 0.5;
// As many rows of a subtree tell what it does.
const LOOKED_AT = 300;

/** Spans of one type whose names differ but that do much the same below. */
function matchAlike(sides: Sides, leftA: number[], leftB: number[], pair: Pair): void {
  if (leftA.length > MOST_LEFT || leftB.length > MOST_LEFT) return;
  const { a, b, sa, sb, ofA, ofB } = sides;
  let from = 0;
  for (const x of leftA) {
    if (sa.below[x] === 0 || holdsPairs(a, ofA, x)) continue;
    for (let k = from; k < leftB.length; k++) {
      const y = leftB[k] ?? 0;
      if (sb.below[y] === 0 || holdsPairs(b, ofB, y)) continue;
      if (sameType(a, b, x, y) && overlap(sides, x, y) >= ALIKE) {
        pair(x, y);
        from = k + 1;
        break;
      }
    }
  }
}

const sameType = (a: TreeModel, b: TreeModel, x: number, y: number): boolean =>
  a.spans.type[a.span[x] ?? 0] === b.spans.type[b.span[y] ?? 0];

/** The share of steps below that both have, 0 to 1. */
function overlap({ a, b, sa, sb }: Sides, x: number, y: number): number {
  const counts = new Map<number, number>();
  const stopA = x + Math.min(a.size[x] ?? 1, LOOKED_AT);
  const stopB = y + Math.min(b.size[y] ?? 1, LOOKED_AT);
  for (let row = x + 1; row < stopA; row++) {
    const key = sa.loose[row] ?? 0;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  let both = 0;
  for (let row = y + 1; row < stopB; row++) {
    const key = sb.loose[row] ?? 0;
    const count = counts.get(key) ?? 0;
    if (count === 0) continue;
    counts.set(key, count - 1);
    both += 1;
  }
  return both / Math.max(stopA - x - 1, stopB - y - 1, 1);
}

/** Puts the matched trees into one order: that of b, with what was removed where it stood in a. */
function merge(sides: Sides): Merged {
  const { a, b, ofA } = sides;
  let paired = 0;
  for (const y of ofA) if (y !== -1) paired += 1;
  const count = a.count + b.count - paired;
  const merged: Merged = {
    count,
    a: new Int32Array(count).fill(-1),
    b: new Int32Array(count).fill(-1),
    parent: new Int32Array(count).fill(-1),
    depth: new Uint32Array(count),
    size: new Int32Array(count).fill(1),
  };
  // What is to be written, last first: rows of a and b, and where they hang.
  const stack: { x: number; y: number; parent: number }[] = [{ x: 0, y: 0, parent: -1 }];
  let row = 0;
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { x, y, parent } = next;
    merged.a[row] = x;
    merged.b[row] = y;
    merged.parent[row] = parent;
    merged.depth[row] = parent < 0 ? 0 : (merged.depth[parent] ?? 0) + 1;
    const below = mergeChildren(sides, x, y);
    for (let i = below.length - 1; i >= 0; i--) {
      const child = below[i];
      if (child) stack.push({ ...child, parent: row });
    }
    row += 1;
  }
  for (let i = count - 1; i > 0; i--) {
    const above = merged.parent[i] ?? 0;
    merged.size[above] = (merged.size[above] ?? 0) + (merged.size[i] ?? 0);
  }
  return merged;
}

/** The rows that hang on a merged row, in order. A pair hangs where its parents are one, else in the wrapper. */
function mergeChildren(
  { a, b, ofA, ofB }: Sides,
  x: number,
  y: number,
): { x: number; y: number }[] {
  const found: { x: number; y: number }[] = [];
  const la = x < 0 ? [] : childrenOf(a, x);
  const lb = y < 0 ? [] : childrenOf(b, y);
  let at = 0;
  /** Writes what was removed up to the partner of the next pair. */
  const removed = (until: number) => {
    for (; at < la.length; at++) {
      const row = la[at] ?? 0;
      const partner = ofA[row] ?? -1;
      if (partner === -1) found.push({ x: row, y: -1 });
      else if (row === until) {
        at += 1;
        return;
      } else if (y < 0) found.push({ x: row, y: partner });
      else if (until === -1 && b.parent[partner] === y) return;
    }
  };
  for (const row of lb) {
    const partner = ofB[row] ?? -1;
    if (partner === -1) {
      removed(-1);
      found.push({ x: -1, y: row });
    } else if (x < 0 || a.parent[partner] === x) {
      removed(partner);
      found.push({ x: partner, y: row });
    }
    // Else it hangs in a wrapper that was removed.
  }
  removed(-1);
  return found;
}
