import { useCallback, useEffect, useMemo, useState } from "react";
import { clampWidth, moveColumnBy, moveColumnTo } from "./column-model";
import type { HeaderActions } from "./header-cell";
import type { DataColumn } from "./types";
import type { TableView } from "./use-table-view";

type Options<T> = {
  columns: readonly DataColumn<T>[];
  shown: readonly string[];
  onShown: ((shown: readonly string[]) => void) | undefined;
  view: TableView;
  onView: (patch: Partial<TableView>) => void;
  onSort: ((sort: string | undefined) => void) | undefined;
};

/** A width is kept when its edge has rested for so long. */
const REST_MS = 300;

/** What the headers do to the columns. Returns the widths too: while an edge is dragged, they are ahead of the view. */
export function useHeaderActions<T>(options: Options<T>): {
  widths: Readonly<Record<string, number>>;
  actions: HeaderActions;
} {
  const { columns, shown, onShown, view, onView, onSort } = options;
  const [dragged, setDragged] = useState<Record<string, number>>();
  const widths = useMemo(() => ({ ...view.widths, ...dragged }), [view.widths, dragged]);
  useEffect(() => {
    if (!dragged) return;
    const timer = setTimeout(() => {
      onView({ widths: { ...view.widths, ...dragged } });
      setDragged(undefined);
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [dragged, onView, view.widths]);

  const onResize = useCallback(
    (id: string, px: number) => {
      const column = columns.find((c) => c.id === id);
      setDragged((now) => ({ ...now, [id]: clampWidth(px, column?.minWidth) }));
    },
    [columns],
  );
  const actions = useMemo<HeaderActions>(
    () => ({
      onSort,
      onResize,
      onResetWidth: (id) => {
        const { [id]: _, ...others } = view.widths;
        setDragged(undefined);
        onView({ widths: others });
      },
      onPin: (id) =>
        onView({
          pinned: view.pinned.includes(id)
            ? view.pinned.filter((other) => other !== id)
            : [...view.pinned, id],
        }),
      ...(onShown && {
        onHide: (id: string) => onShown(shown.filter((other) => other !== id)),
        onMove: (id: string, by: 1 | -1) => onShown(moveColumnBy(shown, id, by)),
        onMoveTo: (id: string, target: string) => onShown(moveColumnTo(shown, id, target)),
      }),
    }),
    [onSort, onShown, onView, onResize, shown, view.pinned, view.widths],
  );
  return { widths, actions };
}
