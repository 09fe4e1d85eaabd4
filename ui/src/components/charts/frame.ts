/** From a chart's data to what is drawn: which series, how they stack, what the scale is. */

import { type Scale, valueScale } from "./scales";
import type { ChartData, ChartSeries } from "./types";

export type Layer = ChartSeries & {
  /** Where each bar begins and ends; for lines both are the value. */
  base: (number | null)[];
  top: (number | null)[];
};

export type Frame = {
  layers: Layer[];
  scale: Scale;
  from: number;
  to: number;
  /** The last bucket is not over yet. */
  isOpen: boolean;
};

export function frameOf(
  data: ChartData,
  {
    stacked,
    hidden,
    now,
    steps = 3,
  }: { stacked: boolean; hidden: ReadonlySet<string>; now: number; steps?: number },
): Frame {
  const shown = data.series.filter((s) => !hidden.has(s.name));
  const sums: number[] = data.times.map(() => 0);
  const layers = shown.map((series): Layer => {
    const values = data.times.map((_, i) => series.values[i] ?? null);
    if (!stacked) return { ...series, values, base: values, top: values };
    const base = [...sums];
    for (const [i, value] of values.entries()) sums[i] = (sums[i] ?? 0) + (value ?? 0);
    return { ...series, values, base, top: [...sums] };
  });
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const layer of layers)
    for (const value of layer.top)
      if (value !== null) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
  const first = data.times[0] ?? 0;
  const last = data.times.at(-1) ?? first;
  return {
    layers,
    scale: valueScale(low, high, data.unit, steps),
    from: first,
    to: last + data.step,
    isOpen: last + data.step > now,
  };
}

/** Runs of neighbours that have a value: what a line is drawn through without a break. */
export function runsOf(values: readonly (number | null)[]): [first: number, last: number][] {
  const runs: [number, number][] = [];
  let first = -1;
  for (let i = 0; i <= values.length; i += 1) {
    const has = i < values.length && values[i] !== null && values[i] !== undefined;
    if (has && first < 0) first = i;
    if (!has && first >= 0) {
      runs.push([first, i - 1]);
      first = -1;
    }
  }
  return runs;
}

/** The layer that a value on the y axis lies in (bars) or nearest to (lines). */
export function layerAt(
  frame: Frame,
  index: number,
  value: number,
  stacked: boolean,
): string | undefined {
  if (stacked)
    return frame.layers.find((l) => {
      const [base, top] = [l.base[index] ?? 0, l.top[index] ?? 0];
      return top > base && value >= base && value <= top;
    })?.name;
  let best: { name: string; distance: number } | undefined;
  for (const layer of frame.layers) {
    const own = layer.top[index];
    if (own === null || own === undefined) continue;
    const distance = Math.abs(own - value);
    if (!best || distance < best.distance) best = { name: layer.name, distance };
  }
  return best?.name;
}

/** Widens a marked stretch to whole buckets. */
export function snapped(data: ChartData, from: number, to: number): { from: string; to: string } {
  const first = data.times[0] ?? 0;
  const count = data.times.length;
  const index = (at: number) => (at - first) / data.step;
  const start = Math.max(0, Math.min(count - 1, Math.floor(index(from) + 1e-6)));
  const end = Math.max(start + 1, Math.min(count, Math.ceil(index(to) - 1e-6)));
  const iso = (i: number) => new Date(first + i * data.step).toISOString();
  return { from: iso(start), to: iso(end) };
}
