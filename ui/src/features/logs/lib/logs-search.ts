import type { EntityType } from "@/api/types";
import { readSlice, type SliceSearch } from "@/lib/slice";
import { NO_TRACE, readTraceSearch, type TraceSearch } from "@/lib/trace-search";

/** All that the URL of the logs page says. */
export type LogsSearch = SliceSearch &
  TraceSearch & {
    /** What a row is; absent means traces. */
    type?: Exclude<EntityType, "trace"> | undefined;
    /** `-duration`; absent means the newest first. */
    sort?: string | undefined;
    /** Ids of the shown columns, as `encodeColumns` writes them; absent means one's own choice. */
    cols?: string | undefined;
    /** The open thread. */
    thread?: string | undefined;
    /** New rows flow in by themselves. */
    live?: boolean | undefined;
    /** The saved view that this came from. */
    view?: string | undefined;
  };

export const DEFAULT_SORT = "-start_time";

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** Reads what a URL says; what it says wrong is left out, so that a bad link still opens. */
export function readLogsSearch(search: Record<string, unknown>): LogsSearch {
  const { type, sort } = search;
  return {
    ...readSlice(search),
    ...readTraceSearch(search),
    type: type === "span" || type === "thread" ? type : undefined,
    sort: typeof sort === "string" && /^-?[^\s-]/.test(sort) ? sort : undefined,
    cols: text(search.cols),
    thread: text(search.thread),
    live: search.live === true || search.live === "true" ? true : undefined,
    view: text(search.view),
  };
}

export const entityOf = (search: LogsSearch): EntityType => search.type ?? "trace";

/** What another kind of rows does not share: its columns, its order, and what lies open. */
export const NO_ENTITY = {
  ...NO_TRACE,
  thread: undefined,
  sort: undefined,
  cols: undefined,
  view: undefined,
};
