import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useCallback, useRef } from "react";
import { traceTreeQuery } from "@/api/queries/trace-tree";
import type { EntityType, Row } from "@/api/types";
import type { RowSource } from "@/components/data-table/types";
import { addCondition } from "@/components/explore/query/splice";
import { NO_TRACE } from "@/lib/trace-search";
import type { LogsSearch } from "../lib/logs-search";

/** What the panel beside the table may do to the page. */
export type PanelControls = {
  onClose: () => void;
  /** Undefined where there is no row before or after. */
  onPrev: (() => void) | undefined;
  onNext: (() => void) | undefined;
  /** Adds a condition to the query. */
  onFilter: (query: string) => void;
  onAddColumn: (name: string) => void;
  onOpenTrace: (id: string) => void;
};

export type ChangeLogs = (patch: Partial<LogsSearch>, how?: { replace?: boolean }) => void;

export type LogPanel = {
  /** The row that is open. */
  activeId: string | undefined;
  open: (id: string, how: { inNewTab: boolean }) => void;
  controls: PanelControls;
};

/** Opens rows in the panel, and walks it along the table: in its order, among what it shows. */
export function useLogPanel(
  entity: EntityType,
  search: LogsSearch,
  onChange: ChangeLogs,
  rows: RowSource<Row>,
  addColumn: (name: string) => void,
): LogPanel {
  const router = useRouter();
  const client = useQueryClient();
  const activeId = openRow(entity, search);
  const isOpen = Boolean(search.trace ?? search.thread);

  const open = useCallback(
    (id: string, { inNewTab }: { inNewTab: boolean }) => {
      const patch = patchOf(entity, id, rows.at(rows.indexOf(id)));
      if (!patch) return;
      if (!inNewTab) {
        // Asked for before the page is drawn anew: the panel finds it on its way.
        if (patch.trace) void client.prefetchQuery(traceTreeQuery(patch.trace));
        onChange(patch, { replace: isOpen });
      } else {
        const { href } = router.buildLocation({
          to: ".",
          search: ((now: LogsSearch) => ({ ...now, ...patch })) as never,
        });
        window.open(href, "_blank", "noopener");
      }
    },
    [entity, rows, onChange, isOpen, router, client],
  );

  // In the panel one may go on to a span that is no row here: the way goes on from the last that was.
  const lastRow = useRef<string>(undefined);
  if (activeId !== undefined && rows.indexOf(activeId) >= 0) lastRow.current = activeId;
  const place = activeId === undefined ? -1 : rows.indexOf(lastRow.current ?? activeId);
  const step = (by: 1 | -1) => {
    // A trace that was opened from its thread is no row of this table.
    if (place < 0 || (entity === "thread" && search.trace)) return undefined;
    const id = rows.idAt(place + by);
    return id === undefined ? undefined : () => open(id, { inNewTab: false });
  };
  return {
    activeId,
    open,
    controls: {
      // What lies on top is closed first: a trace that was opened from its thread leads back to it.
      onClose: () => onChange(search.trace ? NO_TRACE : { thread: undefined }),
      onPrev: step(-1),
      onNext: step(1),
      onFilter: (query) => onChange({ q: addCondition(search.q ?? "", query) }),
      onAddColumn: addColumn,
      onOpenTrace: (id) => onChange({ ...NO_TRACE, trace: id }),
    },
  };
}

/** The id of the row whose panel is open, if it is a row of such a table. */
function openRow(entity: EntityType, search: LogsSearch): string | undefined {
  if (entity === "thread") return search.thread;
  return entity === "span" ? search.span : search.trace;
}

/** What opening a row puts into the URL; tab and look of the panel stay as they are. */
function patchOf(
  entity: EntityType,
  id: string,
  row: Row | undefined,
): Partial<LogsSearch> | undefined {
  const fresh = { span: undefined, find: undefined, only: undefined, pane: undefined };
  if (entity === "thread") return { ...NO_TRACE, thread: id };
  if (entity === "trace") return { ...fresh, thread: undefined, trace: id };
  return row?.trace_id ? { ...fresh, thread: undefined, trace: row.trace_id, span: id } : undefined;
}
