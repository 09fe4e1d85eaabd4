/** Two texts line by line: what is in both, what was taken away, what came. */

import { diffArrays, diffWordsWithSpace } from "diff";

/** Lines of both texts, and of each row which of them it shows (-1 for none). */
export type TextDiff = {
  a: string[];
  b: string[];
  rows: { a: number; b: number }[];
  added: number;
  removed: number;
};

// Lines that are longer are broken after sentences: else one word would change a whole paragraph.
const LONG_LINE = 240;
const LONGEST_PIECE = 1200;
// Texts that have nothing in common take long; then the middle counts as changed as a whole.
const MOST_MS = 3000;

export function diffTexts(before: string, after: string): TextDiff {
  const a = lines(before);
  const b = lines(after);
  const rows: TextDiff["rows"] = [];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) {
    rows.push({ a: start, b: start });
    start += 1;
  }
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  const changes = diffArrays(a.slice(start, endA), b.slice(start, endB), { timeout: MOST_MS });
  if (changes) {
    let x = start;
    let y = start;
    for (let k = 0; k < changes.length; k++) {
      const change = changes[k];
      if (!change) continue;
      if (!change.added && !change.removed) {
        for (let i = 0; i < change.count; i++) rows.push({ a: x++, b: y++ });
        continue;
      }
      // What was taken away and what came in its place stand side by side.
      const next = changes[k + 1];
      const both = next && (next.added || next.removed) && next.added !== change.added;
      const gone = change.removed ? change.count : both && next.removed ? next.count : 0;
      const come = change.added ? change.count : both && next.added ? next.count : 0;
      replace(rows, x, gone, y, come);
      x += gone;
      y += come;
      if (both) k += 1;
    }
  } else {
    replace(rows, start, endA - start, start, endB - start);
  }
  for (let i = 0; i < a.length - endA; i++) rows.push({ a: endA + i, b: endB + i });
  const differs = (row: { a: number; b: number }) =>
    row.a < 0 || row.b < 0 || a[row.a] !== b[row.b];
  return {
    a,
    b,
    rows,
    removed: rows.filter((row) => row.a >= 0 && differs(row)).length,
    added: rows.filter((row) => row.b >= 0 && differs(row)).length,
  };
}

function replace(rows: TextDiff["rows"], x: number, gone: number, y: number, come: number): void {
  for (let i = 0; i < Math.max(gone, come); i++) {
    rows.push({ a: i < gone ? x + i : -1, b: i < come ? y + i : -1 });
  }
}

function lines(text: string): string[] {
  if (text === "") return [];
  return text.split("\n").flatMap((line) => (line.length > LONG_LINE ? pieces(line) : [line]));
}

function pieces(line: string): string[] {
  const found: string[] = [];
  for (const sentence of line.split(/(?<=[.!?…;])\s+/)) {
    for (let at = 0; at < sentence.length || at === 0; at += LONGEST_PIECE) {
      found.push(sentence.slice(at, at + LONGEST_PIECE));
    }
  }
  return found;
}

export type Piece = { text: string; differs: boolean };

// Of two lines that share less than this, marking words would be noise.
const LEAST_SHARED = 0.3;
const LONGEST_MARKED = 2500;

/** The words in which two lines differ, for both sides; null where the lines have little in common. */
export function diffLine(before: string, after: string): { a: Piece[]; b: Piece[] } | null {
  if (before.length + after.length > LONGEST_MARKED) return null;
  const a: Piece[] = [];
  const b: Piece[] = [];
  let shared = 0;
  for (const { value, added, removed } of diffWordsWithSpace(before, after)) {
    if (!added) a.push({ text: value, differs: removed === true });
    if (!removed) b.push({ text: value, differs: added === true });
    if (!added && !removed) shared += value.trim().length;
  }
  return shared / Math.max(1, Math.max(before.length, after.length)) < LEAST_SHARED
    ? null
    : { a, b };
}

/** A row to draw: one of the diff, or a fold of equal rows `from … to - 1`. */
export type FoldedRow = { row: number } | { from: number; to: number };

// Equal lines that are kept about a change, and how many must be left to be folded.
const AROUND = 3;
const WORTH_FOLDING = 6;

/** Folds equal rows that are far from a change; those that begin at one of `opened` stay. */
export function foldEqual(diff: TextDiff, opened: ReadonlySet<number>): FoldedRow[] {
  const { rows, a, b } = diff;
  const equal = (i: number) => {
    const row = rows[i];
    return row !== undefined && row.a >= 0 && row.b >= 0 && a[row.a] === b[row.b];
  };
  const found: FoldedRow[] = [];
  let i = 0;
  while (i < rows.length) {
    if (!equal(i)) {
      found.push({ row: i });
      i += 1;
      continue;
    }
    let stop = i;
    while (equal(stop)) stop += 1;
    const from = i === 0 ? 0 : i + AROUND;
    const to = stop === rows.length ? stop : stop - AROUND;
    const fold = to - from >= WORTH_FOLDING && !opened.has(from);
    for (let at = i; at < (fold ? from : stop); at++) found.push({ row: at });
    if (fold) {
      found.push({ from, to });
      for (let at = to; at < stop; at++) found.push({ row: at });
    }
    i = stop;
  }
  return found;
}
