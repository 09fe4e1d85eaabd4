import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { columnNamesQuery } from "@/api/queries/slice";
import type { ColumnNames, EntityType } from "@/api/types";
import { decodeColumns, encodeColumns } from "@/components/data-table/column-model";
import { type TableView, useTableView } from "@/components/data-table/use-table-view";
import { readStored, writeStored } from "@/lib/storage";
import type { LogColumn } from "../lib/column-kinds";
import { columnsOf, defaultShown, fieldsOf } from "../lib/columns";
import type { LogsSearch } from "../lib/logs-search";

export type LogColumns = {
  columns: readonly LogColumn[];
  shown: readonly string[];
  /** What to ask the server for. */
  fields: readonly string[];
  onShown: (shown: readonly string[]) => void;
  onReset: () => void;
  /** Shows a column more. */
  add: (id: string) => void;
  view: TableView;
  onView: (patch: Partial<TableView>) => void;
};

/**
 * The columns of the logs: all there are, and those that are shown. The URL says which; without it one's
 * last choice holds, else a choice that suits the project.
 */
export function useLogColumns(
  projectId: string,
  entity: EntityType,
  search: LogsSearch,
  onChange: (patch: Partial<LogsSearch>) => void,
): LogColumns {
  const [view, onView] = useTableView(`logs.${entity}`);
  // Remembered, so that rows and their score columns come in one go the next time.
  const memory = `names.${projectId}.${entity}`;
  const { data: names } = useQuery({
    ...columnNamesQuery(projectId, entity),
    placeholderData: () => readStored<ColumnNames | undefined>(memory, undefined),
  });
  useEffect(() => {
    if (names) writeStored(memory, { ...names, metadata: [], usage: [] });
  }, [memory, names]);

  const chosen = useMemo(
    () => (search.cols === undefined ? view.shown : decodeColumns(search.cols)),
    [search.cols, view.shown],
  );
  const columns = useMemo(() => columnsOf(entity, names, chosen ?? []), [entity, names, chosen]);
  const shown = useMemo(() => {
    const known = new Set(columns.map((c) => c.id));
    const wanted = (chosen ?? defaultShown(entity, names)).filter((id) => known.has(id));
    return wanted.length > 0 ? wanted : defaultShown(entity, names);
  }, [chosen, columns, entity, names]);
  const fieldsText = fieldsOf(columns, shown).join("\n");
  const fields = useMemo(() => fieldsText.split("\n").filter(Boolean), [fieldsText]);

  const onShown = useCallback(
    (next: readonly string[]) => {
      onView({ shown: next });
      onChange({ cols: encodeColumns(next) });
    },
    [onView, onChange],
  );
  const onReset = useCallback(() => {
    onView({ shown: null, pinned: [], widths: {} });
    onChange({ cols: undefined });
  }, [onView, onChange]);
  const add = useCallback(
    (id: string) => {
      if (!shown.includes(id)) onShown([...shown, id]);
    },
    [shown, onShown],
  );
  return { columns, shown, fields, onShown, onReset, add, view, onView };
}
