// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot leave out what is not on screen, so the roles of a grid are said here
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names the row it stands on by aria-activedescendant

import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { cn } from "@/lib/cn";
import { idsBetween, isSelected, NOTHING, type Selection, setRows, tickOf } from "./selection";
import { TableHeader } from "./table-header";
import { barVariable, SELECT_WIDTH, TableRow } from "./table-row";
import { type DataColumn, ROW_HEIGHT, type RowSource } from "./types";
import { useHeaderActions } from "./use-header-actions";
import { loadedIds, useRowKeys } from "./use-row-keys";
import type { TableView } from "./use-table-view";
import { useTableWindow } from "./use-table-window";

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

/** Any number of rows by any number of columns: only what is on screen is drawn. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { rows, columns, shown, view, onView, onShown, selection, onSelection, statistics } = props;
  const { activeId, onOpen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const anchor = useRef(-1);
  const gridId = useId();
  const [cursorId, setCursorId] = useState<string>();
  const canSelect = selection !== undefined && onSelection !== undefined;
  const { onSort } = props;
  const { widths, actions } = useHeaderActions({ columns, shown, onShown, view, onView, onSort });
  const table = useTableWindow({
    scroller,
    rows,
    columns,
    shown,
    widths,
    pinned: view.pinned,
    lead: canSelect ? SELECT_WIDTH : 0,
    headHeight: statistics ? 48 : 28,
    rowHeight: ROW_HEIGHT[view.density],
  });
  const { pinned, center, items } = table;

  const { scrollKey } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the key says when
  useLayoutEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
    anchor.current = -1;
  }, [scrollKey]);

  // The keys stand on the open row; without one, where they were moved to.
  const standing = activeId ?? cursorId;
  const cursor = standing === undefined ? -1 : rows.indexOf(standing);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new open row is scrolled to
  useEffect(() => {
    if (activeId !== undefined && cursor >= 0) table.show(cursor);
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
    firstOnScreen: () => table.first,
    open: (index) => open(index),
    moveTo: (index) => {
      if (activeId !== undefined) open(index);
      else setCursorId(rows.idAt(index));
      table.show(index);
      // Enter is for the row from here on, not for the button that was pressed last.
      if (activeId === undefined) scroller.current?.focus({ preventScroll: true });
    },
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== scroller.current || event.metaKey || event.ctrlKey || event.altKey) return;
    const page = Math.max(1, table.last - table.first - 1);
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

  // The grid keeps the focus: an element of a row is another row's after scrolling.
  const onMouseDown = (event: MouseEvent) => {
    if (!(event.target as HTMLElement).closest("[data-select]")) return;
    event.preventDefault();
    scroller.current?.focus({ preventScroll: true });
  };

  const tick = canSelect ? tickOf(selection, rows.idAt, rows.count) : null;
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
        onMouseDown={onMouseDown}
        className="min-h-0 flex-1 overflow-auto overscroll-x-contain outline-none focus-visible:[&_[data-active]]:outline-2 focus-visible:[&_[data-active]]:-outline-offset-2 focus-visible:[&_[data-active]]:outline-ring"
        style={style as CSSProperties}
      >
        <div
          role="rowgroup"
          className="sticky top-0 z-20 min-w-full"
          style={{ width: table.width }}
        >
          <TableHeader
            pinned={pinned}
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
          style={{ width: table.width, height: table.height }}
        >
          {items.map((item) => {
            const row = rows.at(item.index);
            const id = rows.idAt(item.index);
            return (
              <TableRow
                key={table.elementOf(item.index)}
                row={row}
                label={row === undefined ? "a row that is loading" : props.rowLabel(row)}
                domId={rowDomId(item.index)}
                index={item.index}
                top={item.start}
                pinned={pinned}
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
