import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { errorOf, hasChildren, idOf, rowOf, type TreeModel } from "@/components/span-tree/model";
import type { TreeListProps } from "@/components/span-tree/tree-list";
import { type Folding, useFolding } from "@/components/span-tree/use-folding";
import { type Kept, keepRows, type Shown, shownRows } from "@/components/span-tree/visible";
import type { SpanFilter } from "@/lib/trace-search";
import { searchTraceQuery } from "./api/search-trace";

/** What tree and timeline have in common: which rows are shown, which is chosen, what folds. */
export type SpanView = {
  model: TreeModel;
  shown: Shown;
  /** Absent without a filter. */
  kept: Kept | undefined;
  find: string;
  /** The payloads are being searched. */
  searching: boolean;
  folding: Folding;
  /** The chosen row. */
  selected: number;
  select: (row: number) => void;
  /** Chooses the next (1) or last (-1) span with an error, or that the filter found. */
  toError: (by: 1 | -1) => void;
  toHit: (by: 1 | -1) => void;
  list: Pick<
    TreeListProps,
    | "count"
    | "selected"
    | "selectedKey"
    | "levelAt"
    | "openAt"
    | "parentAt"
    | "onSelect"
    | "onToggle"
  >;
};

export function useSpanView(
  model: TreeModel,
  asked: { span?: string | undefined; find?: string | undefined; only?: SpanFilter | undefined },
  onSelect: (id: string | undefined) => void,
): SpanView {
  const { find = "", only } = asked;
  const search = useQuery(searchTraceQuery(model.trace.id, find.trim()));
  const found = useMemo(() => {
    if (!search.data) return undefined;
    const rows = new Set(search.data.span_ids.map((id) => rowOf(model, id)));
    if (search.data.in_trace) rows.add(0);
    return rows;
  }, [search.data, model]);
  const kept = useMemo(() => keepRows(model, only, find, found), [model, only, find, found]);
  const folding = useFolding(model, kept ? `${only ?? ""} ${find}` : "");
  const shown = useMemo(() => shownRows(model, folding.folded, kept?.keep), [model, folding, kept]);
  // A span that is not among them (deleted, or of another trace): then the trace itself.
  const selected = Math.max(0, asked.span ? rowOf(model, asked.span) : 0);
  const select = useCallback(
    (row: number) => {
      folding.reveal(row);
      onSelect(row === 0 ? undefined : idOf(model, row));
    },
    [folding, model, onSelect],
  );
  const seek = (by: 1 | -1, wanted: (row: number) => boolean) => {
    for (let step = 1; step <= model.count; step++) {
      const row = (selected + by * step + model.count * 2) % model.count;
      if (wanted(row)) {
        select(row);
        return;
      }
    }
  };
  const list = useMemo((): SpanView["list"] => {
    const rowAt = (place: number) => shown.rows[place] ?? 0;
    const at = shown.place[selected] ?? 0;
    return {
      count: shown.rows.length,
      // A row that is folded away or filtered out is not shown as chosen on its parent.
      selected: shown.rows[at] === selected ? at : -1,
      selectedKey: idOf(model, selected),
      levelAt: (place) => (model.depth[rowAt(place)] ?? 0) + 1,
      openAt: (place) => (hasChildren(model, rowAt(place)) ? !folding.folded(rowAt(place)) : null),
      parentAt: (place) => {
        const above = model.parent[rowAt(place)] ?? -1;
        return above < 0 ? -1 : (shown.place[above] ?? -1);
      },
      onSelect: (place) => onSelect(place === 0 ? undefined : idOf(model, rowAt(place))),
      onToggle: (place, open) => {
        const row = rowAt(place);
        folding.toggle(row, open);
        // What is chosen does not vanish in a fold: then the fold is chosen.
        if (!open && selected > row && selected < row + (model.size[row] ?? 1)) {
          onSelect(row === 0 ? undefined : idOf(model, row));
        }
      },
    };
  }, [shown, selected, model, folding, onSelect]);
  return {
    model,
    shown,
    kept,
    find: find.trim(),
    searching: search.isFetching,
    folding,
    selected,
    select,
    toError: (by) => seek(by, (row) => row > 0 && errorOf(model, row) !== ""),
    toHit: (by) => seek(by, (row) => kept?.hit[row] === 1),
    list,
  };
}
