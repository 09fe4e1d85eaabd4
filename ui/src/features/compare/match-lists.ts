/** Pairs two lists of siblings, in order: what is left unpaired was added or removed. */

import type { Signatures } from "./signatures";

export type Pairs = { a: number; b: number }[];

// Cells of the table of the exact method; beyond it only a band about the diagonal is looked at.
const MOST_CELLS = 2_000_000;

/**
 * Pairs rows `la` of one tree with rows `lb` of the other without crossings: equal shapes first, then
 * equal names, then what looks renamed.
 */
export function matchLists(
  sa: Signatures,
  sb: Signatures,
  la: readonly number[],
  lb: readonly number[],
): Pairs {
  const pairs: Pairs = [];
  matchRange(sa, sb, la, lb, pairs);
  return pairs;
}

function matchRange(
  sa: Signatures,
  sb: Signatures,
  la: readonly number[],
  lb: readonly number[],
  pairs: Pairs,
): void {
  let start = 0;
  let endA = la.length;
  let endB = lb.length;
  const equal = (i: number, j: number) => sa.shape[la[i] ?? 0] === sb.shape[lb[j] ?? 0];
  while (start < endA && start < endB && equal(start, start)) {
    pairs.push({ a: la[start] ?? 0, b: lb[start] ?? 0 });
    start += 1;
  }
  const tail: Pairs = [];
  while (endA > start && endB > start && equal(endA - 1, endB - 1)) {
    endA -= 1;
    endB -= 1;
    tail.push({ a: la[endA] ?? 0, b: lb[endB] ?? 0 });
  }
  const restA = la.slice(start, endA);
  const restB = lb.slice(start, endB);
  if (restA.length > 0 && restB.length > 0) {
    const cells = restA.length * restB.length;
    const anchors = cells > MOST_CELLS ? findAnchors(sa, sb, restA, restB) : [];
    if (anchors.length === 0) pairs.push(...matchTable(sa, sb, restA, restB));
    else between(sa, sb, restA, restB, anchors, pairs);
  }
  for (let i = tail.length - 1; i >= 0; i--) {
    const pair = tail[i];
    if (pair) pairs.push(pair);
  }
}

/** Places (i, j) of what is there once in each list, in the longest row without crossings. */
function findAnchors(
  sa: Signatures,
  sb: Signatures,
  la: readonly number[],
  lb: readonly number[],
): [number, number][] {
  for (const kind of ["shape", "key"] as const) {
    const inA = once(sa[kind], la);
    const inB = once(sb[kind], lb);
    const both: [number, number][] = [];
    for (const [what, i] of inA) {
      const j = inB.get(what);
      if (i >= 0 && j !== undefined && j >= 0) both.push([i, j]);
    }
    both.sort((x, y) => x[0] - y[0]);
    const row = longestRising(both);
    if (row.length > 0) return row;
  }
  return [];
}

function once(signature: Int32Array, list: readonly number[]): Map<number, number> {
  const places = new Map<number, number>();
  list.forEach((row, i) => {
    const what = signature[row] ?? 0;
    places.set(what, places.has(what) ? -1 : i);
  });
  return places;
}

/** The longest part of the points, sorted by x, in which y rises too. */
function longestRising(points: readonly [number, number][]): [number, number][] {
  const ends: number[] = [];
  const before = new Int32Array(points.length).fill(-1);
  points.forEach(([, y], i) => {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((points[ends[middle] ?? 0]?.[1] ?? 0) < y) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[i] = ends[low - 1] ?? -1;
    ends[low] = i;
  });
  const found: [number, number][] = [];
  for (let i = ends.at(-1) ?? -1; i !== -1; i = before[i] ?? -1) {
    const point = points[i];
    if (point) found.push(point);
  }
  return found.reverse();
}

function between(
  sa: Signatures,
  sb: Signatures,
  la: readonly number[],
  lb: readonly number[],
  anchors: readonly [number, number][],
  pairs: Pairs,
): void {
  let a = 0;
  let b = 0;
  for (const [i, j] of [...anchors, [la.length, lb.length] as const]) {
    matchRange(sa, sb, la.slice(a, i), lb.slice(b, j), pairs);
    if (i < la.length) pairs.push({ a: la[i] ?? 0, b: lb[j] ?? 0 });
    a = i + 1;
    b = j + 1;
  }
}

/** What a pair is worth. Two equal names are worth more than one equal shape that they cross. */
function worth(sa: Signatures, sb: Signatures, a: number, b: number): number {
  if (sa.shape[a] === sb.shape[b]) return 9;
  if (sa.key[a] === sb.key[b]) return 6;
  if (sa.loose[a] === sb.loose[b]) return 4;
  // Another name over the same steps is a rename; so is another model's call in the place of one.
  if (sa.below[a] !== 0 && sa.below[a] === sb.below[b]) return 3;
  return sa.llm[a] === 1 && sb.llm[b] === 1 ? 2 : 0;
}

const PAIR = 1;
const SKIP_A = 2;
const SKIP_B = 3;

/** The best pairs without crossings by a table of all against all, or of a band about its diagonal. */
function matchTable(
  sa: Signatures,
  sb: Signatures,
  la: readonly number[],
  lb: readonly number[],
): Pairs {
  const n = la.length;
  const m = lb.length;
  const width = Math.min(m, Math.max(32, Math.floor(MOST_CELLS / n)));
  // Where the band of row i begins; the whole row when it fits.
  const left = (i: number) => Math.min(m - width, Math.max(0, Math.round((i * m) / n - width / 2)));
  const steps = new Uint8Array(n * width);
  let above = new Int32Array(m + 1);
  let here = new Int32Array(m + 1);
  for (let i = 0; i < n; i++) {
    const from = left(i);
    const stop = from + width;
    here[from] = above[from] ?? 0;
    for (let j = from; j < stop; j++) {
      const pays = worth(sa, sb, la[i] ?? 0, lb[j] ?? 0);
      const both = pays > 0 ? (above[j] ?? 0) + pays : 0;
      let best = above[j + 1] ?? 0;
      let step = SKIP_A;
      // Of equals leaving one out wins, so that repeated siblings pair from the first on.
      if ((here[j] ?? 0) >= best) {
        best = here[j] ?? 0;
        step = SKIP_B;
      }
      if (both > best) {
        best = both;
        step = PAIR;
      }
      here[j + 1] = best;
      steps[i * width + j - from] = step;
    }
    // Right of the band the best so far holds, as far as the next row looks.
    here.fill(here[stop] ?? 0, stop + 1, left(i + 1) + width + 1);
    [above, here] = [here, above];
  }
  const pairs: Pairs = [];
  let i = n - 1;
  let j = m - 1;
  while (i >= 0 && j >= 0) {
    const from = left(i);
    if (j >= from + width) {
      j = from + width - 1;
      continue;
    }
    const step = j < from ? SKIP_A : (steps[i * width + j - from] ?? SKIP_A);
    if (step === PAIR) {
      pairs.push({ a: la[i] ?? 0, b: lb[j] ?? 0 });
      i -= 1;
      j -= 1;
    } else if (step === SKIP_A) i -= 1;
    else j -= 1;
  }
  return pairs.reverse();
}
