import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { fitWidths } from "./column-model";
import type { DataColumn, RowSource } from "./types";
import { useColumnLayout } from "./use-column-layout";

const OVERSCAN_ROWS = 8;
const OVERSCAN_COLUMNS = 2;
/** Pinned columns may take this part of the width; on a narrow screen none stays pinned. */
const PINNED_PART = 0.6;
/** Elements of rows are kept by steps of this many, so that a little more or less changes nothing. */
const POOL_STEP = 32;
const NONE: readonly string[] = [];

type Options<T> = {
  scroller: RefObject<HTMLDivElement | null>;
  rows: RowSource<T>;
  columns: readonly DataColumn<T>[];
  shown: readonly string[];
  widths: Readonly<Record<string, number>>;
  pinned: readonly string[];
  /** px of what stands left of all columns, of the header, and of a row. */
  lead: number;
  headHeight: number;
  rowHeight: number;
};

/** What part of a table is on screen: places of rows, and columns with their widths. */
export function useTableWindow<T>(options: Options<T>) {
  const { scroller, rows, columns, shown, pinned, rowHeight } = options;
  const [width, setWidth] = useState(0);
  const room = width - options.lead;
  const widths = useMemo(
    () => fitWidths(columns, shown, options.widths, room),
    [columns, shown, options.widths, room],
  );
  const asked = useMemo(() => ({ widths, pinned }), [widths, pinned]);
  const free = useMemo(() => ({ widths, pinned: NONE }), [widths]);
  const pinnable = useColumnLayout(columns, shown, asked);
  const unpinned = useColumnLayout(columns, shown, free);
  const layout = width > 0 && pinnable.pinnedWidth > width * PINNED_PART ? unpinned : pinnable;
  const lead = options.lead + layout.pinnedWidth;

  // Scrolling draws at once, so that no empty rows flash by; while mounting that is not allowed.
  const isMounted = useRef(false);
  useLayoutEffect(() => {
    isMounted.current = true;
  }, []);
  const useFlushSync = isMounted.current;
  // Another key function makes the virtualisers take the sizes anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const rowKey = useMemo(() => (index: number) => index, [rowHeight]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const columnKey = useMemo(() => (index: number) => index, [layout]);
  const byRow = useVirtualizer({
    count: rows.count,
    getItemKey: rowKey,
    useFlushSync,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN_ROWS,
    scrollPaddingEnd: options.headHeight,
  });
  const byColumn = useVirtualizer({
    horizontal: true,
    count: layout.center.length,
    getItemKey: columnKey,
    useFlushSync,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => layout.center[index]?.width ?? 0,
    paddingStart: lead,
    scrollPaddingStart: lead,
    overscan: OVERSCAN_COLUMNS,
  });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    setWidth(element.clientWidth);
    if (typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);

  const first = byRow.range?.startIndex ?? 0;
  const last = byRow.range?.endIndex ?? 0;
  const { onRange } = rows;
  useEffect(() => onRange?.(first, last), [onRange, first, last]);

  const columnItems = byColumn.getVirtualItems();
  const from = columnItems[0]?.index ?? 0;
  const to = columnItems.at(-1)?.index ?? -1;
  const center = useMemo(() => layout.center.slice(from, to + 1), [layout, from, to]);
  const items = byRow.getVirtualItems();
  return {
    pinned: layout.pinned,
    center,
    width: lead + layout.centerWidth,
    height: byRow.getTotalSize(),
    first,
    last,
    items,
    /**
     * Names the element of a place. A row that leaves at one end is filled anew at the other: making elements
     * costs more than all the rest.
     */
    elementOf: (index: number) =>
      index % (Math.max(1, Math.ceil(items.length / POOL_STEP)) * POOL_STEP),
    show: (index: number) => byRow.scrollToIndex(index, { align: "auto" }),
  };
}
