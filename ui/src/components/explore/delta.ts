/** How a figure stands to the one of the period before. */

export type Delta = {
  /** 1 rose, -1 fell, 0 as good as the same. */
  direction: 1 | 0 | -1;
  /** "+12%", "3.4×", "+0.5 pt". */
  text: string;
  words: string;
  /** Large enough to be called better or worse. */
  isNotable: boolean;
};

type Value = number | null | undefined;

/** Rates differ in points; all else in parts of what it was. Nothing without both figures. */
export function deltaOf(now: Value, before: Value, isRate = false): Delta | undefined {
  if (typeof now !== "number" || typeof before !== "number") return undefined;
  if (isRate) {
    const points = (now - before) * 100;
    const size = Math.abs(points);
    if (size < 0.05) return SAME;
    const text = `${size < 10 ? size.toFixed(1) : size.toFixed(0)} pt`;
    return made(points, text, "points", size >= NOTABLE_POINTS);
  }
  if (before === 0) return now === 0 ? SAME : undefined;
  const ratio = now / before;
  if (Math.abs(ratio - 1) < 0.005) return SAME;
  if (ratio >= 3) {
    const times = ratio >= 100 ? ">99" : ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0);
    return { direction: 1, text: `${times}×`, words: `${times} times as much`, isNotable: true };
  }
  const percent = (ratio - 1) * 100;
  const size = Math.abs(percent);
  return made(percent, `${size.toFixed(size < 1 ? 1 : 0)}%`, "", size >= NOTABLE_PERCENT);
}

const NOTABLE_POINTS = 0.5;
const NOTABLE_PERCENT = 5;

const SAME: Delta = { direction: 0, text: "±0", words: "unchanged", isNotable: false };

const made = (change: number, size: string, unit: string, isNotable: boolean): Delta => ({
  isNotable,
  direction: change > 0 ? 1 : -1,
  text: `${change > 0 ? "+" : "−"}${size}`,
  words: `${change > 0 ? "up" : "down"} ${unit ? size.replace(/pt$/, unit) : size}`,
});
