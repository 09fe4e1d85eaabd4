/** What part of a project a page is about. It lives in the URL and nowhere else. */

import type { Params } from "@/api/client";
import type { EntityType } from "@/api/types";

export const RANGES = [
  { value: "15m", label: "Last 15 minutes", ms: 15 * 60_000 },
  { value: "1h", label: "Last hour", ms: 3_600_000 },
  { value: "6h", label: "Last 6 hours", ms: 6 * 3_600_000 },
  { value: "24h", label: "Last 24 hours", ms: 86_400_000 },
  { value: "7d", label: "Last 7 days", ms: 7 * 86_400_000 },
  { value: "14d", label: "Last 14 days", ms: 14 * 86_400_000 },
  { value: "30d", label: "Last 30 days", ms: 30 * 86_400_000 },
  { value: "90d", label: "Last 90 days", ms: 90 * 86_400_000 },
  { value: "all", label: "All time", ms: Number.POSITIVE_INFINITY },
] as const;
export type Range = (typeof RANGES)[number]["value"];
export const DEFAULT_RANGE: Range = "14d";

/** The part of the search parameters that every page of a project shares. */
export type SliceSearch = {
  /** The query text. */
  q?: string | undefined;
  range?: Range | undefined;
  /** ISO times; they win over `range`. */
  from?: string | undefined;
  to?: string | undefined;
  /** Show experiment, playground and evaluator traces too. */
  hidden?: boolean | undefined;
};

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== ""
    ? value
    : typeof value === "number"
      ? String(value)
      : undefined;
const time = (value: unknown): string | undefined => {
  const found = text(value);
  return found && !Number.isNaN(Date.parse(found)) ? found : undefined;
};

/** Reads what a URL says; what it says wrong is left out, so that a bad link still opens. */
export function readSlice(search: Record<string, unknown>): SliceSearch {
  const range = RANGES.find((r) => r.value === search.range)?.value;
  return {
    q: text(search.q),
    range,
    from: time(search.from),
    to: time(search.to),
    hidden: search.hidden === true || search.hidden === "true" ? true : undefined,
  };
}

/** A slice with its relative range made into moments, so that all requests of a page agree. */
export type Slice = {
  entity: EntityType;
  query: string;
  from?: string;
  to?: string;
  hidden: boolean;
};

/** Moments are cut to the minute (for short ranges to 5 s): the same question is the same key of the cache. */
export function sliceOf(search: SliceSearch, entity: EntityType, now = Date.now()): Slice {
  const slice: Slice = { entity, query: search.q ?? "", hidden: search.hidden ?? false };
  if (search.from || search.to) {
    if (search.from) slice.from = search.from;
    if (search.to) slice.to = search.to;
    return slice;
  }
  const ms = RANGES.find((r) => r.value === (search.range ?? DEFAULT_RANGE))?.ms ?? 0;
  if (Number.isFinite(ms)) {
    const grain = ms <= 3_600_000 ? 5_000 : 60_000;
    slice.from = new Date(Math.floor((now - ms) / grain) * grain).toISOString();
  }
  return slice;
}

/** The slice as parameters of the console API. */
export function sliceParams(slice: Slice): Params {
  return {
    entity: slice.entity,
    query: slice.query,
    from: slice.from,
    to: slice.to,
    include_hidden: slice.hidden ? true : undefined,
  };
}

/** Says the period in words. */
export function periodLabel(search: SliceSearch): string {
  if (search.from || search.to) {
    const short = (iso?: string) =>
      iso
        ? new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })
        : "…";
    return `${short(search.from)} – ${search.to ? short(search.to) : "now"}`;
  }
  return RANGES.find((r) => r.value === (search.range ?? DEFAULT_RANGE))?.label ?? "";
}

const WORD = /^[\p{L}\p{N}_./@-]+$/u;

/** Writes a value as the query grammar takes it: bare where that is safe, else in quotes. */
export function quoteValue(value: string): string {
  if (WORD.test(value) && !["AND", "OR", "NOT", "null"].includes(value) && !value.startsWith("-"))
    return value;
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** Adds a condition to a query: `a OR b` is put in parentheses first. */
export function andQuery(query: string, condition: string): string {
  const base = query.trim();
  if (!base) return condition;
  return `${/(^|[\s)])OR([\s(]|$)/.test(base) ? `(${base})` : base} ${condition}`;
}
