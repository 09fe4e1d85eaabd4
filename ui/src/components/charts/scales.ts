/** Round numbers and round times along the axes, and how they are written. */

import { formatCost, formatCount, formatDuration, formatPercent, formatScore } from "@/lib/format";
import type { Unit } from "./types";

export type Scale = { min: number; max: number; ticks: number[] };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Above a second, durations are counted in 60s.
const DURATION_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((n) => n * HOUR),
];

function stepOf(rough: number, unit: Unit): number {
  if (unit === "duration" && rough > SECOND / 2) {
    const found = DURATION_STEPS.find((step) => step >= rough);
    if (found) return found;
  }
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((n) => n * power >= rough * 0.999) ?? 10) * power;
  return unit === "count" ? Math.max(1, step) : step;
}

/** Returns a scale with about `wanted` round steps that holds all values and zero. */
export function valueScale(low: number, high: number, unit: Unit, wanted = 3): Scale {
  const bottom = Math.min(0, Number.isFinite(low) ? low : 0);
  const top = Math.max(0, Number.isFinite(high) ? high : 0);
  if (top === bottom) return { min: 0, max: 1, ticks: unit === "duration" ? [0] : [0, 1] };
  const step = stepOf((top - bottom) / wanted, unit);
  const first = Math.floor(bottom / step + 1e-9);
  const last = Math.ceil(top / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => round((first + i) * step));
  return { min: first * step, max: last * step, ticks };
}

// 3 * 0.1 is 0.30000000000000004.
const round = (n: number): number => Number(n.toPrecision(12));

/** Writes a value of an axis: as short as its step allows. */
export function formatTick(value: number, unit: Unit): string {
  if (unit === "cost") return value === 0 ? "$0" : shortCost(value);
  if (unit === "ratio") return `${round(value * 100)}%`;
  if (unit === "score") return String(round(value));
  if (unit === "count") return formatCount(value);
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < SECOND) return `${round(value)} ms`;
  if (size < MINUTE) return `${round(value / SECOND)} s`;
  if (size < HOUR) return `${round(value / MINUTE)} m`;
  return `${round(value / HOUR)} h`;
}

const shortCost = (value: number): string =>
  Math.abs(value) >= 10_000 ? formatCost(value) : `$${round(value)}`;

/** Writes a value in full, for tooltips, legends and tables. */
export function formatValue(value: number | null | undefined, unit: Unit): string {
  if (unit === "cost") return formatCost(value);
  if (unit === "ratio") return formatPercent(value);
  if (unit === "score") return formatScore(value);
  return unit === "duration" ? formatDuration(value) : formatCount(value);
}

type TimeStep = { ms: number; unit: "s" | "m" | "h" | "d" | "M"; n: number };
const TIME_STEPS: TimeStep[] = [
  ...[1, 5, 15, 30].map((n) => ({ ms: n * SECOND, unit: "s" as const, n })),
  ...[1, 5, 15, 30].map((n) => ({ ms: n * MINUTE, unit: "m" as const, n })),
  ...[1, 3, 6, 12].map((n) => ({ ms: n * HOUR, unit: "h" as const, n })),
  ...[1, 2, 4, 7, 14].map((n) => ({ ms: n * DAY, unit: "d" as const, n })),
  ...[1, 3, 6, 12].map((n) => ({ ms: n * 30 * DAY, unit: "M" as const, n })),
];

/** Returns round local times within a period, at most `most` of them, and how each is written. */
export function timeTicks(from: number, to: number, most: number): { at: number; label: string }[] {
  const rough = (to - from) / Math.max(1, most);
  const step = TIME_STEPS.find((s) => s.ms >= rough) ?? (TIME_STEPS.at(-1) as TimeStep);
  const ticks: { at: number; label: string }[] = [];
  const at = startFor(new Date(from), step);
  for (let i = 0; i < 1000 && at.getTime() <= to; i += 1) {
    if (at.getTime() >= from) ticks.push({ at: at.getTime(), label: tickLabel(at, step) });
    advance(at, step);
  }
  return ticks;
}

/** A round moment at or before a time. */
function startFor(at: Date, step: TimeStep): Date {
  const [y, mo, d, h] = [at.getFullYear(), at.getMonth(), at.getDate(), at.getHours()];
  if (step.unit === "M") return new Date(y, mo - (mo % step.n), 1);
  if (step.unit === "d") return new Date(y, mo, step.n === 1 ? d : d - (dayNumber(at) % step.n));
  if (step.unit === "h") return new Date(y, mo, d);
  if (step.unit === "m") return new Date(y, mo, d, h);
  return new Date(y, mo, d, h, at.getMinutes());
}

const dayNumber = (at: Date): number =>
  Math.floor(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / DAY);

// By the calendar, not by milliseconds: days of 23 and 25 hours exist.
function advance(at: Date, { unit, n, ms }: TimeStep): void {
  if (unit === "M") at.setMonth(at.getMonth() + n);
  else if (unit === "d") at.setDate(at.getDate() + n);
  else if (unit === "h") {
    const next = (Math.floor(at.getHours() / n) + 1) * n;
    const before = at.getTime();
    at.setHours(next, 0, 0, 0);
    if (at.getTime() <= before) at.setTime(before + ms);
  } else at.setTime(at.getTime() + ms);
}

const pad = (n: number): string => String(n).padStart(2, "0");
const dayLabel = (at: Date): string =>
  at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });

function tickLabel(at: Date, { unit }: TimeStep): string {
  if (unit === "M")
    return at.getMonth() === 0
      ? String(at.getFullYear())
      : at.toLocaleDateString("en-GB", { month: "short" });
  if (unit === "d" || (at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0))
    return dayLabel(at);
  const clock = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  return unit === "s" ? `${clock}:${pad(at.getSeconds())}` : clock;
}

/** "26 Nov 14:00 – 15:00": what a bucket covers. */
export function bucketWords(start: number, step: number): string {
  const from = new Date(start);
  const to = new Date(start + step);
  const clock = (at: Date) =>
    `${pad(at.getHours())}:${pad(at.getMinutes())}${step < MINUTE ? `:${pad(at.getSeconds())}` : ""}`;
  if (step >= DAY) {
    const last = new Date(start + step - 1);
    return from.toDateString() === last.toDateString()
      ? dayLabel(from)
      : `${dayLabel(from)} – ${dayLabel(last)}`;
  }
  const end = to.getDate() === from.getDate() ? clock(to) : `${dayLabel(to)} ${clock(to)}`;
  return `${dayLabel(from)} ${clock(from)} – ${end}`;
}
