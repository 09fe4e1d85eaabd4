import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { summaryQuery } from "@/api/queries/slice";
import type { EntityType } from "@/api/types";
import { NOTHING, type Selection } from "@/components/data-table/selection";
import { type Slice, sliceOf } from "@/lib/slice";
import { DEFAULT_SORT, type LogsSearch } from "../lib/logs-search";
import { useAfterRows } from "./use-after-rows";
import { type LiveTail, useLive } from "./use-live";
import { type LogColumns, useLogColumns } from "./use-log-columns";
import type { ChangeLogs } from "./use-log-panel";
import { type PagedRows, usePagedRows } from "./use-paged-rows";

export type Logs = {
  projectId: string;
  entity: EntityType;
  search: LogsSearch;
  onChange: ChangeLogs;
  /** What the page is about. It stays the same until something else is asked, or the same again. */
  slice: Slice;
  /** What its figures are asked for: the same, but after the rows. */
  figures: Slice | undefined;
  sort: string;
  layout: LogColumns;
  rows: PagedRows;
  /** The figures are here, or failed: what takes longer may be asked for. */
  areFiguresHere: boolean;
  /** How many match; undefined until that is known. */
  total: number | undefined;
  live: LiveTail;
  selection: Selection;
  select: (selection: Selection) => void;
  /** Nothing matches. */
  isNothing: boolean;
  /** There is nothing in the whole project. */
  isEmptyProject: boolean;
  refresh: () => void;
};

/** All that the logs page reads and keeps. */
export function useLogs(
  projectId: string,
  entity: EntityType,
  search: LogsSearch,
  onChange: ChangeLogs,
): Logs {
  const client = useQueryClient();
  const [readAt, setReadAt] = useState(() => Date.now());
  const { q, range, from, to, hidden } = search;
  const slice = useMemo(
    () => sliceOf({ q, range, from, to, hidden }, entity, readAt),
    [q, range, from, to, hidden, entity, readAt],
  );
  const sort = search.sort ?? DEFAULT_SORT;
  const layout = useLogColumns(projectId, entity, search, onChange);
  const rows = usePagedRows(projectId, slice, layout.fields, sort);
  const areRowsHere = (!rows.isStale && rows.answeredAt > 0) || rows.error !== null;
  const figures = useAfterRows(slice, areRowsHere);
  const summary = useQuery({
    ...summaryQuery(projectId, figures ?? slice),
    enabled: figures !== undefined,
  });
  const areFiguresHere = figures === slice && !summary.isFetching;
  const total = figures === slice && !summary.isPlaceholderData ? summary.data?.count : undefined;

  const isNothing = rows.source.count === 0 && !rows.isStale && !rows.error;
  const ever = useQuery({
    ...summaryQuery(projectId, { entity: "trace", query: "", hidden: true }),
    enabled: isNothing && !q,
  });
  const isEmptyProject = isNothing && !q && ever.data?.count === 0;
  const asked = useMemo(
    () => ({ slice, columns: layout.fields, sort }),
    [slice, layout.fields, sort],
  );
  const live = useLive(projectId, entity, asked, rows, Boolean(search.live) || isEmptyProject);

  // A selection belongs to its question: "all that match" would else mean something else.
  const [picked, setPicked] = useState<{ slice: Slice; selection: Selection }>();
  const select = useCallback((selection: Selection) => setPicked({ slice, selection }), [slice]);
  return {
    projectId,
    entity,
    search,
    onChange,
    slice,
    figures,
    sort,
    layout,
    rows,
    areFiguresHere,
    total,
    live,
    selection: picked?.slice === slice ? picked.selection : NOTHING,
    select,
    isNothing,
    isEmptyProject,
    refresh: () => {
      setReadAt(Date.now());
      void client.invalidateQueries({ queryKey: ["slice", projectId] });
    },
  };
}
