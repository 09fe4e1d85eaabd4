import { RANGES, type Range } from "@/lib/slice";

/** What the list of projects shows; all of it is in the URL. */
export type ProjectsSearch = {
  q?: string | undefined;
  /** A column, with `-` for the largest first. */
  sort?: string | undefined;
  page?: number | undefined;
  range?: Range | undefined;
};

export const SORTABLE = [
  "name",
  "created_at",
  "last_activity",
  "traces",
  "error_rate",
  "duration_p50",
  "duration_p99",
  "total_cost",
  "total_tokens",
] as const;
export const DEFAULT_SORT = "-last_activity";
export const PAGE_SIZE = 50;

/** Reads a URL; what it says wrong is left out. */
export function readProjectsSearch(search: Record<string, unknown>): ProjectsSearch {
  const sort = String(search.sort ?? "");
  const page = Number(search.page);
  return {
    q: typeof search.q === "string" && search.q ? search.q : undefined,
    sort: (SORTABLE as readonly string[]).includes(sort.replace(/^-/, "")) ? sort : undefined,
    page: Number.isInteger(page) && page > 1 ? page : undefined,
    range: RANGES.find((r) => r.value === search.range)?.value,
  };
}

/** What a click on a column's head asks for: largest first, then smallest; names from A. */
export function nextSort(sort: string, column: string): string {
  if (column === "name") return sort === "name" ? "-name" : "name";
  return sort === `-${column}` ? column : `-${column}`;
}
