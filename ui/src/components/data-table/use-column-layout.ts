import {
  type ColumnDef,
  columnOrderingFeature,
  columnPinningFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  tableFeatures,
  useTable,
} from "@tanstack/react-table";
import { useMemo } from "react";
import { MAX_WIDTH, MIN_WIDTH } from "./column-model";
import type { DataColumn } from "./types";
import type { TableView } from "./use-table-view";

const features = tableFeatures({
  columnOrderingFeature,
  columnPinningFeature,
  columnSizingFeature,
  columnVisibilityFeature,
});
/** The table library keeps the columns only: one object a cell would be 500 a row. */
const NO_ROWS: never[] = [];

export type PlacedColumn<T> = {
  column: DataColumn<T>;
  width: number;
  /** px from the left edge of the pinned columns or of the others. */
  start: number;
  /** Place among all that are shown, from 1. */
  index: number;
};

export type ColumnLayout<T> = {
  pinned: PlacedColumn<T>[];
  center: PlacedColumn<T>[];
  pinnedWidth: number;
  centerWidth: number;
};

/** Places the shown columns: the pinned ones first, each as wide as somebody dragged it. */
export function useColumnLayout<T>(
  columns: readonly DataColumn<T>[],
  shown: readonly string[],
  view: Pick<TableView, "widths" | "pinned">,
): ColumnLayout<T> {
  const defs = useMemo(
    () =>
      columns.map(
        (c): ColumnDef<typeof features, never> => ({
          id: c.id,
          header: c.label,
          size: c.width,
          minSize: c.minWidth ?? MIN_WIDTH,
          maxSize: MAX_WIDTH,
        }),
      ),
    [columns],
  );
  const state = useMemo(() => {
    const isShown = new Set(shown);
    return {
      columnOrder: [...shown],
      columnVisibility: Object.fromEntries(columns.map((c) => [c.id, isShown.has(c.id)])),
      columnPinning: { start: view.pinned.filter((id) => isShown.has(id)), end: [] },
      columnSizing: { ...view.widths },
    };
  }, [columns, shown, view.pinned, view.widths]);
  const table = useTable({ features, columns: defs, data: NO_ROWS, state });

  // biome-ignore lint/correctness/useExhaustiveDependencies: `state` and `defs` are all that the table depends on
  return useMemo(() => {
    const byId = new Map(columns.map((c) => [c.id, c]));
    let index = 0;
    let start = 0;
    const place = (placed: { id: string; getSize: () => number }) => {
      const column = byId.get(placed.id);
      if (!column) return [];
      const width = placed.getSize();
      const found = { column, width, start, index: ++index };
      start += width;
      return [found];
    };
    const pinned = table.getStartVisibleLeafColumns().flatMap(place);
    const pinnedWidth = start;
    start = 0;
    const center = table.getCenterVisibleLeafColumns().flatMap(place);
    return { pinned, center, pinnedWidth, centerWidth: start };
  }, [state, defs]);
}
