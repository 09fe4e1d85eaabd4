/** A time axis on which stretches where nothing happens take little room. */

import { hasChildren, type TreeModel } from "@/components/span-tree/model";

/** A stretch of time, ms. */
export type Gap = { from: number; to: number };

/** Maps ms to places on the axis and back; places are in ms of an axis without the gaps' surplus. */
export type Scale = {
  gaps: readonly Gap[];
  /** The whole axis in places. */
  length: number;
  place: (ms: number) => number;
  time: (place: number) => number;
};

// A gap is drawn this wide, of the time in which something runs.
const GAP_SHARE = 0.025;
// It must be this many times longer than it would be drawn, else squeezing it gains nothing.
const WORTH = 3;
// More marks than this would be noise: the longest are squeezed.
const MOST_GAPS = 30;

/**
 * Stretches longer than `least` ms in which no step runs. A step is a span without children: what has
 * children and none that runs is waiting. Nothing starts or ends in a gap.
 */
export function idleGaps(model: TreeModel, least: number): Gap[] {
  const steps: number[] = [];
  for (let row = 1; row < model.count; row++) if (!hasChildren(model, row)) steps.push(row);
  steps.sort((a, b) => (model.start[a] ?? 0) - (model.start[b] ?? 0));
  // Without spans, the trace is all there is.
  if (steps.length === 0) return [];
  const gaps: Gap[] = [];
  let busyUntil = model.from;
  for (const row of steps) {
    const start = model.start[row] ?? 0;
    if (start - busyUntil > least) gaps.push({ from: busyUntil, to: start });
    busyUntil = Math.max(busyUntil, model.end[row] ?? 0);
  }
  if (model.to - busyUntil > least) gaps.push({ from: busyUntil, to: model.to });
  return gaps;
}

/** The gaps that are worth squeezing, first to last. */
export function gapsToSqueeze(model: TreeModel): Gap[] {
  const whole = model.to - model.from;
  if (whole <= 0) return [];
  // What is a long gap depends on how much is left without the gaps: twice is near enough.
  let gaps = idleGaps(model, whole * 0.1);
  for (let round = 0; round < 2; round++) {
    const busy = whole - gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
    gaps = idleGaps(model, Math.max(busy, whole * 0.0001) * GAP_SHARE * WORTH);
  }
  return gaps
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, MOST_GAPS)
    .sort((a, b) => a.from - b.from);
}

export function makeScale(from: number, to: number, gaps: readonly Gap[] = []): Scale {
  const whole = Math.max(to - from, 0.001);
  const idle = gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const drawn = gaps.length === 0 ? 0 : Math.max(whole - idle, whole * 0.0001) * GAP_SHARE;
  // Corners of the broken line from times to places.
  const times = [from];
  const places = [0];
  let at = from;
  let place = 0;
  const corner = (time: number, width: number) => {
    at = time;
    place += width;
    times.push(at);
    places.push(place);
  };
  for (const gap of gaps) {
    corner(gap.from, gap.from - at);
    corner(gap.to, drawn);
  }
  corner(from + whole, from + whole - at);
  return {
    gaps,
    length: place,
    place: (ms) => along(times, places, ms),
    time: (where) => along(places, times, where),
  };
}

/** Reads a broken line at x; outside its ends it goes on as steeply as 1. */
function along(xs: readonly number[], ys: readonly number[], x: number): number {
  const end = xs.length - 1;
  const firstX = xs[0] ?? 0;
  const lastX = xs[end] ?? 0;
  if (x <= firstX) return (ys[0] ?? 0) + x - firstX;
  if (x >= lastX) return (ys[end] ?? 0) + x - lastX;
  let low = 0;
  let high = end;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) <= x) low = middle;
    else high = middle;
  }
  const x0 = xs[low] ?? 0;
  const x1 = xs[high] ?? 0;
  const y0 = ys[low] ?? 0;
  const y1 = ys[high] ?? 0;
  return x1 === x0 ? y0 : y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}

/** The part of the axis that is seen, in places. */
export type Window = { from: number; to: number };

// Deeper than this, positions are no longer exact to a pixel.
const DEEPEST_ZOOM = 1e-6;

/** Zooms by a factor (< 1 is nearer) about a place that stays where it is. */
export function zoom(window: Window, factor: number, about: number, length: number): Window {
  const before = window.to - window.from;
  const size = Math.min(length, Math.max(length * DEEPEST_ZOOM, before * factor));
  const share = (about - window.from) / before;
  return bounded(about - size * share, about + size * (1 - share), length);
}

export const pan = (window: Window, by: number, length: number): Window =>
  bounded(window.from + by, window.to + by, length);

/** A window that does not reach out of the axis: it is moved, and only if it is too large cut. */
export function bounded(from: number, to: number, length: number): Window {
  const size = Math.min(length, Math.max(length * DEEPEST_ZOOM, to - from));
  const start = Math.min(Math.max(0, from), length - size);
  return { from: start, to: start + size };
}

/** Round times for the axis, about `most` of them; none in a gap, but one where it is over. */
export function ticks(scale: Scale, window: Window, most: number): number[] {
  const size = window.to - window.from;
  if (size <= 0 || most < 1) return [];
  const apart = (size / most) * 0.95;
  const step = roundStep(size / most);
  const first = scale.time(window.from);
  const last = scale.time(window.to);
  const found: number[] = [];
  let lastPlace = Number.NEGATIVE_INFINITY;
  const mark = (ms: number) => {
    const place = scale.place(ms);
    // A label needs its room.
    if (ms < first || ms > last || place - lastPlace < apart) return;
    found.push(ms);
    lastPlace = place;
  };
  let from = first;
  for (const gap of [...scale.gaps, null]) {
    const to = Math.min(last, gap ? gap.from : last);
    for (let n = Math.ceil(from / step); n * step <= to; n++) mark(n * step);
    if (!gap || gap.to > last) break;
    if (gap.to >= first) mark(gap.to);
    from = Math.max(first, gap.to);
  }
  return found;
}

function roundStep(least: number): number {
  const unit = 10 ** Math.floor(Math.log10(least));
  // Above a minute, people count in sixties.
  const minutes = [60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000];
  if (least > 30_000) {
    const fit = minutes.find((step) => step >= least);
    if (fit) return fit;
  }
  return [1, 2, 5, 10].map((n) => n * unit).find((step) => step >= least) ?? 10 * unit;
}
