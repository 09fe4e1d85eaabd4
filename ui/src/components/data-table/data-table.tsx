// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot leave out what is not on screen, so the roles of a grid are said here
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names the row it stands on by aria-activedescendant

import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { cn } from "@/lib/cn";
import { clampWidth, fitWidths, moveColumnBy, moveColumnTo } from "./column-model";
import { idsBetween, isSelected, NOTHING, type Selection, setRows, tickOf } from "./selection";
import { type HeaderActions, TableHeader } from "./table-header";
import { barVariable, SELECT_WIDTH, TableRow } from "./table-row";
import { type DataColumn, ROW_HEIGHT, type RowSource } from "./types";
import { useColumnLayout } from "./use-column-layout";
import { loadedIds, useRowKeys } from "./use-row-keys";
import type { TableView } from "./use-table-view";

export type DataTableProps<T> = {
  /** Names the table for screen readers. */
  label: string;
  columns: readonly DataColumn<T>[];
  /** Ids of what is shown, in order. */
  shown: readonly string[];
  /** Without it columns cannot be hidden or moved. */
  onShown?: (shown: readonly string[]) => void;
  view: TableView;
  onView: (patch: Partial<TableView>) => void;
  rows: RowSource<T>;
  /** All that match, where that is known; for screen readers. */
  total?: number | undefined;
  rowLabel: (row: T) => string;
  sort?: string | undefined;
  onSort?: (sort: string | undefined) => void;
  /** The second line of the header. */
  statistics?: Readonly<Record<string, ReactNode>>;
  /** What a full bar is worth, by column. */
  bars?: Readonly<Record<string, number>>;
  selection?: Selection;
  onSelection?: (selection: Selection) => void;
  /** The row that is open beside the table. */
  activeId?: string | undefined;
  onOpen?: (id: string, how: { inNewTab: boolean }) => void;
  /** Rows of an earlier question, while those of the new one are on their way. */
  isStale?: boolean;
  /** When it changes, the table begins at its top again. */
  scrollKey?: string;
  /** Fills the table when it has no rows. */
  empty?: ReactNode;
  /** Keys of rows; off when another table has them. */
  hasKeys?: boolean;
  className?: string;
};

const OVERSCAN_ROWS = 8;
const OVERSCAN_COLUMNS = 2;
/** Pinned columns may take this part of the width; on a narrow screen none stays pinned. */
const PINNED_PART = 0.6;
/** Elements of rows are kept by steps of this many, so that a little more or less changes nothing. */
const POOL_STEP = 32;
const NONE: readonly string[] = [];

/** Any number of rows by any number of columns: only what is on screen is drawn. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { rows, columns, shown, view, onView, onShown, selection, onSelection, statistics } = props;
  const { activeId, onOpen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const anchor = useRef(-1);
  const gridId = useId();
  const [cursorId, setCursorId] = useState<string>();
  const [width, setWidth] = useState(0);
  const [dragged, setDragged] = useState<Record<string, number>>();

  // While an edge is dragged the widths are here; they are kept when it is let go.
  const canSelect = selection !== undefined && onSelection !== undefined;
  const room = width - (canSelect ? SELECT_WIDTH : 0);
  const widths = useMemo(
    () => fitWidths(columns, shown, { ...view.widths, ...dragged }, room),
    [columns, shown, view.widths, dragged, room],
  );
  const wanted = useMemo(() => ({ widths, pinned: view.pinned }), [widths, view.pinned]);
  const free = useMemo(() => ({ widths, pinned: NONE }), [widths]);
  const pinnable = useColumnLayout(columns, shown, wanted);
  const unpinned = useColumnLayout(columns, shown, free);
  const layout = width > 0 && pinnable.pinnedWidth > width * PINNED_PART ? unpinned : pinnable;
  const lead = layout.pinnedWidth + (canSelect ? SELECT_WIDTH : 0);
  const headHeight = statistics ? 48 : 28;
  const rowHeight = ROW_HEIGHT[view.density];

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
    scrollPaddingEnd: headHeight,
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
  }, []);

  const { scrollKey } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the key says when
  useLayoutEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
    anchor.current = -1;
  }, [scrollKey]);

  const items = byRow.getVirtualItems();
  // A row that leaves at one end is filled anew at the other: making elements costs more than all the rest.
  const pool = Math.max(1, Math.ceil(items.length / POOL_STEP)) * POOL_STEP;
  const first = byRow.range?.startIndex ?? 0;
  const last = byRow.range?.endIndex ?? 0;
  const { onRange } = rows;
  useEffect(() => onRange?.(first, last), [onRange, first, last]);

  const columnItems = byColumn.getVirtualItems();
  const from = columnItems[0]?.index ?? 0;
  const to = columnItems.at(-1)?.index ?? -1;
  const center = useMemo(() => layout.center.slice(from, to + 1), [layout, from, to]);

  // The keys stand on the open row; without one, where they were moved to.
  const standing = activeId ?? cursorId;
  const cursor = standing === undefined ? -1 : rows.indexOf(standing);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new open row is scrolled to
  useEffect(() => {
    if (activeId !== undefined && cursor >= 0) byRow.scrollToIndex(cursor, { align: "auto" });
  }, [activeId, cursor >= 0]);

  const open = (index: number, inNewTab = false) => {
    const id = rows.idAt(index);
    if (id === undefined) return;
    setCursorId(id);
    onOpen?.(id, { inNewTab });
  };
  const { move } = useRowKeys({
    rows,
    cursor,
    anchor,
    selection,
    onSelectionChange: onSelection,
    enabled: props.hasKeys ?? true,
    firstOnScreen: () => first,
    open: (index) => open(index),
    moveTo: (index) => {
      if (activeId !== undefined) open(index);
      else setCursorId(rows.idAt(index));
      byRow.scrollToIndex(index, { align: "auto" });
      const focused = document.activeElement;
      if (focused === null || focused === document.body)
        scroller.current?.focus({ preventScroll: true });
    },
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== scroller.current || event.metaKey || event.ctrlKey || event.altKey) return;
    const page = Math.max(1, last - first - 1);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.count,
      End: rows.count,
    };
    const by = steps[event.key];
    if (by !== undefined) move(by);
    else if (event.key === "Enter") open(cursor);
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      scroller.current?.scrollBy({ left: event.key === "ArrowRight" ? 120 : -120 });
    } else return;
    event.preventDefault();
  };

  const onClick = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const index = Number(target.closest<HTMLElement>("[data-index]")?.dataset.index ?? -1);
    const id = index < 0 ? undefined : rows.idAt(index);
    if (id === undefined) return;
    if (target.closest("[data-select]")) {
      if (!selection || !onSelection) return;
      const isRange = event.shiftKey && anchor.current >= 0;
      const ids = isRange ? idsBetween(rows.idAt, anchor.current, index) : [id];
      const base = selection.all ? setRows(NOTHING, loadedIds(rows), true) : selection;
      onSelection(setRows(base, ids, isRange || !isSelected(selection, id)));
      anchor.current = index;
      setCursorId(id);
      return;
    }
    // A link or a button in a cell does its own work, and whoever marks text does not want a panel.
    if (target.closest("a, button") || window.getSelection()?.toString()) return;
    open(index, event.metaKey || event.ctrlKey);
  };

  const resize = useCallback(
    (id: string, px: number) => {
      const column = columns.find((c) => c.id === id);
      setDragged((now) => ({ ...now, [id]: clampWidth(px, column?.minWidth) }));
    },
    [columns],
  );
  useEffect(() => {
    if (!dragged) return;
    const timer = setTimeout(() => {
      onView({ widths: { ...view.widths, ...dragged } });
      setDragged(undefined);
    }, 300);
    return () => clearTimeout(timer);
  }, [dragged, onView, view.widths]);

  const { onSort } = props;
  const actions = useMemo<HeaderActions>(
    () => ({
      onSort,
      onResize: resize,
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
    [onSort, onShown, onView, resize, shown, view.pinned, view.widths],
  );

  const tick = canSelect ? tickOf(selection, rows.idAt, rows.count) : null;
  const totalWidth = lead + layout.centerWidth;
  const rowDomId = (index: number) => `${gridId}-row-${index}`;
  const style: Record<string, string | number> = {};
  for (const [id, full] of Object.entries(props.bars ?? {})) style[barVariable(id)] = full || 1;

  return (
    <div className={cn("relative flex min-h-0 flex-1 flex-col", props.className)}>
      <div
        ref={scroller}
        role="grid"
        tabIndex={0}
        aria-label={props.label}
        aria-rowcount={(props.total ?? rows.count) + 1}
        aria-colcount={shown.length + (canSelect ? 1 : 0)}
        aria-busy={props.isStale ?? false}
        {...(canSelect ? { "aria-multiselectable": true } : {})}
        {...(cursor >= 0 && items.some((item) => item.index === cursor)
          ? { "aria-activedescendant": rowDomId(cursor) }
          : {})}
        onKeyDown={onKeyDown}
        onClick={onClick}
        className="min-h-0 flex-1 overflow-auto overscroll-x-contain outline-none focus-visible:[&_[data-active]]:outline-2 focus-visible:[&_[data-active]]:-outline-offset-2 focus-visible:[&_[data-active]]:outline-ring"
        style={style as CSSProperties}
      >
        <div role="rowgroup" className="sticky top-0 z-20 min-w-full" style={{ width: totalWidth }}>
          <TableHeader
            pinned={layout.pinned}
            center={center}
            sort={props.sort}
            statistics={statistics}
            tick={tick}
            onTick={() =>
              onSelection?.(tick === true ? NOTHING : setRows(NOTHING, loadedIds(rows), true))
            }
            actions={actions}
          />
        </div>
        <div
          role="rowgroup"
          className={cn("relative min-w-full transition-opacity", props.isStale && "opacity-50")}
          style={{ width: totalWidth, height: byRow.getTotalSize() }}
        >
          {items.map((item) => {
            const row = rows.at(item.index);
            const id = rows.idAt(item.index);
            return (
              <TableRow
                key={item.index % pool}
                row={row}
                label={row === undefined ? "a row that is loading" : props.rowLabel(row)}
                domId={rowDomId(item.index)}
                index={item.index}
                top={item.start}
                pinned={layout.pinned}
                center={center}
                density={view.density}
                canSelect={canSelect}
                isSelected={canSelect && id !== undefined && isSelected(selection, id)}
                isActive={item.index === cursor}
              />
            );
          })}
        </div>
        {rows.count === 0 && props.empty && (
          <div className="sticky left-0 w-full max-w-[100cqw]">{props.empty}</div>
        )}
      </div>
    </div>
  );
}
