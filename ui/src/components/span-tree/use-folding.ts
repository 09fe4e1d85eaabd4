import { useCallback, useMemo, useState } from "react";
import { idOf, rowOf, type TreeModel } from "./model";
import { foldedAt } from "./visible";

export type Folding = {
  folded: (row: number) => boolean;
  toggle: (row: number, open: boolean) => void;
  /** Folds so that this many levels of spans are seen; Infinity for all. */
  toLevel: (levels: number) => void;
  /** Unfolds all that hides a row. */
  reveal: (row: number) => void;
};

/**
 * Which rows are folded. They are known by id, since a running trace gets new rows in between.
 * What is folded while a filter holds is forgotten with the filter.
 */
export function useFolding(model: TreeModel, filter: string): Folding {
  const [plain, setPlain] = useState<ReadonlySet<string>>(new Set());
  const [filtered, setFiltered] = useState<{ filter: string; ids: ReadonlySet<string> }>({
    filter: "",
    ids: new Set(),
  });
  const ids = filter === "" ? plain : filtered.filter === filter ? filtered.ids : NONE;
  const change = useCallback(
    (next: ReadonlySet<string>) =>
      filter === "" ? setPlain(next) : setFiltered({ filter, ids: next }),
    [filter],
  );
  return useMemo(() => {
    const rows = new Set<number>();
    for (const id of ids) rows.add(rowOf(model, id));
    return {
      folded: (row) => rows.has(row),
      toggle: (row, open) => {
        const next = new Set(ids);
        if (open) next.delete(idOf(model, row));
        else next.add(idOf(model, row));
        change(next);
      },
      toLevel: (levels) => change(new Set(foldedAt(model, levels).map((row) => idOf(model, row)))),
      reveal: (row) => {
        const next = new Set(ids);
        for (let at = model.parent[row] ?? -1; at >= 0; at = model.parent[at] ?? -1) {
          next.delete(idOf(model, at));
        }
        if (next.size !== ids.size) change(next);
      },
    };
  }, [model, ids, change]);
}

const NONE: ReadonlySet<string> = new Set();
