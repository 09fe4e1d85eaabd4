import { readSlice, type SliceSearch } from "@/lib/slice";

export const BREAKDOWNS = [
  { value: "none", label: "No breakdown" },
  { value: "model", label: "By model" },
  { value: "provider", label: "By provider" },
  { value: "name", label: "By name" },
  { value: "tags", label: "By tag" },
  { value: "user", label: "By user" },
  { value: "environment", label: "By environment" },
  { value: "type", label: "By type" },
] as const;
export type Breakdown = (typeof BREAKDOWNS)[number]["value"];

export const PERCENTILES = ["p50", "p90", "p99"] as const;
export type Percentile = (typeof PERCENTILES)[number];

/** All that the URL of the metrics page says. */
export type MetricsSearch = SliceSearch & {
  /** What is counted; absent means traces. */
  type?: "span" | undefined;
  by?: Exclude<Breakdown, "none"> | undefined;
  /** Of durations, when they are broken down; absent means p50. */
  p?: Exclude<Percentile, "p50"> | undefined;
  /** Series that are hidden, as `writeHidden` writes them. */
  off?: string | undefined;
};

/** Reads what a URL says; what it says wrong is left out, so that a bad link still opens. */
export function readMetricsSearch(search: Record<string, unknown>): MetricsSearch {
  const type = search.type === "span" ? "span" : undefined;
  const by = BREAKDOWNS.find((b) => b.value === search.by)?.value;
  return {
    ...readSlice(search),
    type,
    by: by === "none" || (by === "type" && type !== "span") ? undefined : by,
    p: search.p === "p90" || search.p === "p99" ? search.p : undefined,
    off: typeof search.off === "string" && search.off !== "" ? search.off : undefined,
  };
}

/** Names with any character in them, joined by commas. */
export const writeHidden = (names: Iterable<string>): string | undefined =>
  [...names].map((n) => n.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",") || undefined;

export function readHidden(text: string | undefined): Set<string> {
  const names = (text ?? "").split(",").filter((n) => n !== "");
  return new Set(names.map((n) => n.replaceAll("%2C", ",").replaceAll("%25", "%")));
}

/** Hides or shows a series; `only` hides all others, or shows all where it stood alone. */
export function toggled(
  hidden: ReadonlySet<string>,
  name: string,
  all: readonly string[],
  only: boolean,
): Set<string> {
  const next = new Set(hidden);
  if (!only) {
    if (!next.delete(name)) next.add(name);
    return next;
  }
  const others = all.filter((n) => n !== name);
  const stoodAlone = !hidden.has(name) && others.every((n) => hidden.has(n));
  for (const other of others) {
    if (stoodAlone) next.delete(other);
    else next.add(other);
  }
  next.delete(name);
  return next;
}
