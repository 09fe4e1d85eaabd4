/** What the URL of the ledger says: which period, which project, which rows. */

export const PERIODS = [
  { value: "1h", label: "1 h", title: "Last hour", ms: 3_600_000 },
  { value: "24h", label: "24 h", title: "Last 24 hours", ms: 86_400_000 },
  { value: "7d", label: "7 d", title: "Last 7 days", ms: 7 * 86_400_000 },
  { value: "30d", label: "30 d", title: "Last 30 days", ms: 30 * 86_400_000 },
] as const;
export type Period = (typeof PERIODS)[number]["value"];
export const DEFAULT_PERIOD: Period = "24h";

export type LedgerSearch = {
  range?: Period | undefined;
  /** ISO times of a part of the chart; they win over `range`. */
  from?: string | undefined;
  to?: string | undefined;
  project?: string | undefined;
  /** Only rows with something that was refused. */
  refused?: true | undefined;
  /** The row whose reasons are shown. */
  open?: string | undefined;
};

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
const time = (value: unknown): string | undefined => {
  const found = text(value);
  return found && !Number.isNaN(Date.parse(found)) ? found : undefined;
};

/** Reads what a URL says; what it says wrong is left out, so that a bad link still opens. */
export function readLedgerSearch(search: Record<string, unknown>): LedgerSearch {
  const range = PERIODS.find((p) => p.value === search.range)?.value;
  const from = time(search.from);
  const to = time(search.to);
  const isPart = from !== undefined && to !== undefined && Date.parse(from) < Date.parse(to);
  return {
    range: range === DEFAULT_PERIOD ? undefined : range,
    from: isPart ? from : undefined,
    to: isPart ? to : undefined,
    project: text(search.project),
    refused: search.refused === true || search.refused === "true" ? true : undefined,
    open: text(search.open),
  };
}

/** The period as parameters of a request; one that goes on to now has no end. */
export function periodOf(search: LedgerSearch, now: number): { from: string; to?: string } {
  if (search.from && search.to) return { from: search.from, to: search.to };
  const ms = PERIODS.find((p) => p.value === (search.range ?? DEFAULT_PERIOD))?.ms ?? 0;
  return { from: new Date(now - ms).toISOString() };
}
