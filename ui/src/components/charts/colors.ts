/** A series keeps its colour: by its name, on every chart, next week too. */

import { readStored, writeStored } from "@/lib/storage";

/** Names of colour variables in the style sheet. */
export type Color = `--chart-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}` | "--danger" | "--foreground";

const SLOTS = 7;
const OTHER: Color = "--chart-8";
const REMEMBERED = 300;
const KEY = "chart-colors";

const FIXED: Record<string, Color> = {
  other: OTHER,
  ok: "--chart-1",
  count: "--chart-1",
  cost: "--chart-1",
  tokens: "--chart-1",
  duration_p99: "--chart-5",
  error: "--danger",
  errors: "--danger",
  error_rate: "--danger",
  p50: "--chart-1",
  p90: "--chart-3",
  p99: "--chart-5",
  total_tokens: "--chart-8",
  prompt_tokens: "--chart-1",
  completion_tokens: "--chart-2",
};

function hash(text: string): number {
  let h = 2166136261;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return h >>> 0;
}

/**
 * Returns a colour for each name: the remembered one, else one by the name. Two names of one chart
 * differ while there are colours. New ones are added to `remembered`.
 */
export function assign(
  names: readonly string[],
  remembered: Record<string, number>,
): Map<string, Color> {
  const colors = new Map<string, Color>();
  const taken = new Set<number>();
  const free = (start: number) => {
    for (let i = 0; i < SLOTS; i += 1) {
      const slot = (start + i) % SLOTS;
      if (!taken.has(slot)) return slot;
    }
    return start % SLOTS;
  };
  const put = (name: string, slot: number) => {
    taken.add(slot);
    colors.set(name, `--chart-${slot + 1}` as Color);
  };
  for (const name of names) {
    const fixed = FIXED[name];
    if (fixed) colors.set(name, fixed);
  }
  const open = names.filter((name) => !colors.has(name));
  const clashing: string[] = [];
  for (const name of open) {
    const slot = remembered[name];
    if (slot === undefined) continue;
    if (taken.has(slot)) clashing.push(name);
    else put(name, slot);
  }
  // Only on this chart: elsewhere the name goes on with its own colour.
  for (const name of clashing) put(name, free(remembered[name] ?? 0));
  for (const name of open) {
    if (colors.has(name)) continue;
    const slot = free(hash(name) % SLOTS);
    remembered[name] = slot;
    put(name, slot);
  }
  return colors;
}

/** Colours of a chart's series, remembered on this computer. */
export function colorsOf(names: readonly string[]): Map<string, Color> {
  const remembered = readStored<Record<string, number>>(KEY, {});
  const known = Object.keys(remembered).length;
  const colors = assign(names, remembered);
  const all = Object.entries(remembered);
  if (all.length !== known) writeStored(KEY, Object.fromEntries(all.slice(-REMEMBERED)));
  return colors;
}

/** The colour as a canvas takes it, in the present theme. */
export const resolve = (color: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(color).trim();
