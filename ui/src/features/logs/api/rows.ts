import { queryOptions } from "@tanstack/react-query";
import { send } from "@/api/client";
import type { Rows } from "@/api/types";
import { type Slice, sliceParams } from "@/lib/slice";
import { PAGE_ROWS } from "../lib/paging";

/** Characters of an input or output that a row brings along. */
export const PREVIEW_CHARS = 500;

export type RowsAsked = { slice: Slice; columns: readonly string[]; sort: string };
export type RowsPage = Rows & {
  /** When the server answered, in ms of its own clock. */
  answeredAt: number;
};

export const rowsKey = (projectId: string, asked: RowsAsked) =>
  ["slice", projectId, "rows", asked] as const;

/** One page of rows, with no more columns than are shown. */
export const rowsPageQuery = (projectId: string, asked: RowsAsked, page: number) =>
  queryOptions({
    queryKey: [...rowsKey(projectId, asked), page],
    queryFn: ({ signal }) =>
      fetchRows(
        projectId,
        asked,
        { limit: PAGE_ROWS, offset: page * PAGE_ROWS, preview: PREVIEW_CHARS },
        signal,
      ),
    // Pages that scrolled away go by number (see `usePagedRows`), the rest with the page.
    gcTime: 60_000,
  });

/** Rows beside the table's own pages: those that are new, or still run. */
export async function fetchRows(
  projectId: string,
  asked: RowsAsked,
  part: { limit: number; offset?: number; preview?: number },
  signal?: AbortSignal,
): Promise<RowsPage> {
  const response = await send("GET", `console/projects/${projectId}/rows`, {
    params: { ...sliceParams(asked.slice), columns: [...asked.columns], sort: asked.sort, ...part },
    signal,
  });
  const date = Date.parse(response.headers.get("Date") ?? "");
  const rows = (await response.json()) as Rows;
  return { ...rows, answeredAt: Number.isNaN(date) ? Date.now() : date };
}
