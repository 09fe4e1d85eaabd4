/** Periods: from where to where, earlier and later, wider, and as the fields of a form. */

import { DEFAULT_RANGE, RANGES, type SliceSearch } from "@/lib/slice";

/** Milliseconds since 1970; `to` is now where the period is open. */
export type Bounds = { from: number; to: number };

const rangeMs = (search: SliceSearch): number =>
  RANGES.find((r) => r.value === (search.range ?? DEFAULT_RANGE))?.ms ?? 0;

/** Returns the period in moments; all time has none. */
export function boundsOf(search: SliceSearch, now: number): Bounds | undefined {
  if (search.from) {
    const from = Date.parse(search.from);
    return { from, to: search.to ? Date.parse(search.to) : Math.max(now, from) };
  }
  const ms = rangeMs(search);
  return Number.isFinite(ms) && !search.to ? { from: now - ms, to: now } : undefined;
}

type Patch = Pick<SliceSearch, "from" | "to"> & Partial<Pick<SliceSearch, "range">>;

const iso = (ms: number): string => new Date(Math.round(ms)).toISOString();

/** The period one length earlier (-1) or later (1). What would end after now is the last such length. */
export function shifted(search: SliceSearch, direction: -1 | 1, now: number): Patch | undefined {
  const bounds = boundsOf(search, now);
  if (!bounds) return undefined;
  const length = bounds.to - bounds.from;
  if (length <= 0) return undefined;
  const to = bounds.to + direction * length;
  return direction > 0 && to >= now ? lastOf(length, now) : { from: iso(to - length), to: iso(to) };
}

/** Twice the period around its middle, no further than now. */
export function zoomedOut(search: SliceSearch, now: number): Patch | undefined {
  const bounds = boundsOf(search, now);
  if (!bounds) return undefined;
  const length = Math.max(bounds.to - bounds.from, 1000);
  const to = bounds.to + length / 2;
  return to >= now ? lastOf(length * 2, now) : { from: iso(bounds.from - length / 2), to: iso(to) };
}

/** The time up to now: a named range where one is so long. */
function lastOf(length: number, now: number): Patch {
  const range = RANGES.find((r) => Math.abs(r.ms - length) <= Math.max(1000, length * 0.01));
  if (range) return { from: undefined, to: undefined, range: range.value };
  return { from: iso(now - length), to: undefined };
}

/** Whether there is anything later than the period. */
export const canGoLater = (search: SliceSearch, now: number): boolean =>
  search.to !== undefined && Date.parse(search.to) < now;

const pad = (n: number): string => String(n).padStart(2, "0");

/** A moment as `<input type="datetime-local">` takes it, in local time. */
export function toInput(ms: number): string {
  const at = new Date(ms);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** What such a field says as ISO; nothing for an empty or wrong one. */
export function fromInput(text: string): string | undefined {
  const ms = Date.parse(text);
  return text === "" || Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
const CLOCK: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** "26 Nov 14:00 – 15:30", as short as it stays clear; named ranges keep their name. */
export function periodWords(search: SliceSearch, now: number): string {
  if (!search.from && !search.to)
    return RANGES.find((r) => r.value === (search.range ?? DEFAULT_RANGE))?.label ?? "";
  const from = search.from ? new Date(search.from) : undefined;
  const to = search.to ? new Date(search.to) : undefined;
  if (!from) return `Until ${moment(to as Date, now, undefined)}`;
  if (!to) return `Since ${moment(from, now, undefined)}`;
  return `${moment(from, now, undefined)} – ${moment(to, now, from)}`;
}

function moment(at: Date, now: number, after: Date | undefined): string {
  const seconds = at.getSeconds() !== 0 ? { ...CLOCK, second: "2-digit" as const } : CLOCK;
  const clock = at.toLocaleTimeString("en-GB", seconds);
  if (after && after.toDateString() === at.toDateString()) return clock;
  const year = at.getFullYear() === new Date(now).getFullYear() ? {} : { year: "numeric" as const };
  return `${at.toLocaleDateString("en-GB", { ...DAY, ...year })} ${clock}`;
}

/** A length in words for people: 90 minutes, 14 days. */
export function lengthWords(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, "day"],
    [3_600_000, "hour"],
    [60_000, "minute"],
    [1000, "second"],
  ];
  for (const [size, name] of units) {
    const n = ms / size;
    if (n < 1) continue;
    const rounded = n < 10 ? Math.round(n * 10) / 10 : Math.round(n);
    return `${rounded} ${name}${rounded === 1 ? "" : "s"}`;
  }
  return "a moment";
}
