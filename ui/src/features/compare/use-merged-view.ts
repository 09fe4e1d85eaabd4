import { useCallback, useMemo, useState } from "react";
import { idOf, rowOf } from "@/components/span-tree/model";
import type { TreeListProps } from "@/components/span-tree/tree-list";
import { type Shown, shownRows } from "@/components/span-tree/visible";
import { type Comparison, keepDifferent, type Statuses, statusesOf } from "./differences";

export type MergedView = {
  shown: Shown;
  statuses: Statuses;
  selected: number;
  deepest: number;
  foldAll: () => void;
  unfoldAll: () => void;
  /** Chooses the next (1) or last (-1) row that differs. */
  toDifference: (by: 1 | -1) => void;
  list: Omit<TreeListProps, "label" | "rowHeight" | "children">;
};

/** Which merged rows are shown, and which is chosen. */
export function useMergedView(
  comparison: Comparison,
  asked: { span?: string | undefined; only?: boolean | undefined },
  onSelect: (id: string | undefined) => void,
): MergedView {
  const { a, b, merged } = comparison;
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const statuses = useMemo(() => statusesOf(comparison), [comparison]);
  const keep = useMemo(
    () => (asked.only ? keepDifferent(merged, statuses) : undefined),
    [asked.only, merged, statuses],
  );
  const shown = useMemo(
    () => shownRows(merged, (row) => folded.has(row), keep),
    [merged, folded, keep],
  );
  const places = useMemo(() => placesOf(comparison), [comparison]);
  const selected = useMemo(() => {
    if (!asked.span) return 0;
    const x = rowOf(a, asked.span);
    const y = rowOf(b, asked.span);
    return x > 0 ? (places.a[x] ?? 0) : y > 0 ? (places.b[y] ?? 0) : 0;
  }, [asked.span, a, b, places]);
  const deepest = useMemo(
    () => merged.depth.reduce((most, depth) => Math.max(most, depth), 0),
    [merged],
  );
  const select = useCallback(
    (row: number) => {
      const x = merged.a[row] ?? -1;
      const y = merged.b[row] ?? -1;
      onSelect(row === 0 ? undefined : x >= 0 ? idOf(a, x) : idOf(b, y));
    },
    [a, b, merged, onSelect],
  );
  const toDifference = (by: 1 | -1) => {
    for (let step = 1; step <= merged.count; step++) {
      const row = (selected + by * step + merged.count * 2) % merged.count;
      if (statuses.of[row] === "same") continue;
      const open = new Set(folded);
      for (let at = merged.parent[row] ?? -1; at >= 0; at = merged.parent[at] ?? -1)
        open.delete(at);
      if (open.size !== folded.size) setFolded(open);
      select(row);
      return;
    }
  };
  const list = useMemo((): MergedView["list"] => {
    const rowAt = (place: number) => shown.rows[place] ?? 0;
    const at = shown.place[selected] ?? 0;
    return {
      count: shown.rows.length,
      selected: rowAt(at) === selected ? at : -1,
      selectedKey: String(selected),
      levelAt: (place) => (merged.depth[rowAt(place)] ?? 0) + 1,
      openAt: (place) => ((merged.size[rowAt(place)] ?? 1) > 1 ? !folded.has(rowAt(place)) : null),
      parentAt: (place) => {
        const above = merged.parent[rowAt(place)] ?? -1;
        return above < 0 ? -1 : (shown.place[above] ?? -1);
      },
      onSelect: (place) => select(rowAt(place)),
      onToggle: (place, open) => {
        const row = rowAt(place);
        const next = new Set(folded);
        if (open) next.delete(row);
        else next.add(row);
        setFolded(next);
        if (!open && selected > row && selected < row + (merged.size[row] ?? 1)) select(row);
      },
    };
  }, [shown, selected, merged, folded, select]);
  return {
    shown,
    statuses,
    selected,
    deepest,
    foldAll: () => {
      const rows = new Set<number>();
      for (let row = 1; row < merged.count; row++) if ((merged.size[row] ?? 1) > 1) rows.add(row);
      setFolded(rows);
    },
    unfoldAll: () => setFolded(new Set()),
    toDifference,
    list,
  };
}

/** Of each row of a and b, where it is in the merged tree. */
function placesOf({ a, b, merged }: Comparison): { a: Int32Array; b: Int32Array } {
  const places = { a: new Int32Array(a.count), b: new Int32Array(b.count) };
  for (let row = 0; row < merged.count; row++) {
    const x = merged.a[row] ?? -1;
    const y = merged.b[row] ?? -1;
    if (x >= 0) places.a[x] = row;
    if (y >= 0) places.b[y] = row;
  }
  return places;
}
