// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot leave out what is not on screen, so the roles of a grid are said here
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names the row it stands on by aria-activedescendant
// biome-ignore-all lint/a11y/useAriaPropsSupportedByRole: the role is one of two that both take a column index

import { memo } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { type DataColumn, type Density, ROW_HEIGHT } from "./types";
import type { PlacedColumn } from "./use-column-layout";

export const SELECT_WIDTH = 36;

const CELL = "flex h-full shrink-0 items-center overflow-hidden border-b border-border px-2";

type RowProps<T> = {
  row: T | undefined;
  /** Names the row and its checkbox. */
  label: string;
  domId: string;
  index: number;
  top: number;
  pinned: readonly PlacedColumn<T>[];
  /** Those of the other columns that are on screen. */
  center: readonly PlacedColumn<T>[];
  density: Density;
  canSelect: boolean;
  isSelected: boolean;
  isActive: boolean;
};

function Row<T>(props: RowProps<T>) {
  const { row, label, domId, index, top, pinned, center, density } = props;
  const left = props.canSelect ? SELECT_WIDTH : 0;
  const offset = props.canSelect ? 1 : 0;
  return (
    <div
      role="row"
      id={domId}
      aria-rowindex={index + 2}
      {...(props.canSelect ? { "aria-selected": props.isSelected } : {})}
      data-index={index}
      data-active={props.isActive || undefined}
      className={cn(
        "group/row absolute top-0 left-0 flex w-full contain-layout contain-style min-w-full cursor-default bg-background hover:bg-muted",
        (props.isSelected || props.isActive) && "bg-selection hover:bg-selection",
      )}
      style={{ height: ROW_HEIGHT[density], transform: `translateY(${top}px)` }}
    >
      {props.canSelect && (
        <div
          role="gridcell"
          aria-colindex={1}
          data-select
          className={cn(
            CELL,
            "sticky left-0 z-10 justify-center bg-inherit",
            density === "l" && "items-start py-2",
            props.isActive && "shadow-[inset_2px_0_0_var(--primary)]",
          )}
          style={{ width: SELECT_WIDTH }}
        >
          {row !== undefined && (
            <input
              type="checkbox"
              tabIndex={-1}
              aria-label={`Select ${label}`}
              checked={props.isSelected}
              readOnly
              className="size-3.5 accent-primary"
            />
          )}
        </div>
      )}
      {pinned.map((placed, i) => (
        <Cell
          key={placed.column.id}
          row={row}
          column={placed.column}
          width={placed.width}
          colIndex={placed.index + offset}
          density={density}
          stickyLeft={left + placed.start}
          isEdge={i === pinned.length - 1}
        />
      ))}
      {center[0] && center[0].start > 0 && (
        <div aria-hidden className="shrink-0" style={{ width: center[0].start }} />
      )}
      {center.map((placed) => (
        <Cell
          key={placed.column.id}
          row={row}
          column={placed.column}
          width={placed.width}
          colIndex={placed.index + offset}
          density={density}
        />
      ))}
    </div>
  );
}

/** Draws anew only when something of its own changed: scrolling and other rows leave it alone. */
export const TableRow = memo(Row) as typeof Row;

type CellProps<T> = {
  row: T | undefined;
  column: DataColumn<T>;
  width: number;
  colIndex: number;
  density: Density;
  stickyLeft?: number;
  isEdge?: boolean;
};

function PlainCell<T>({ row, column, width, colIndex, density, stickyLeft, isEdge }: CellProps<T>) {
  const bar = row === undefined ? undefined : column.bar?.(row);
  return (
    <div
      role={column.isRowHeader ? "rowheader" : "gridcell"}
      aria-colindex={colIndex}
      className={cn(
        CELL,
        column.align === "right" && "justify-end tabular",
        stickyLeft === undefined ? "relative" : "sticky z-10 bg-inherit",
        isEdge && "border-r",
        density === "l" && "items-start py-1",
      )}
      style={{ width, ...(stickyLeft === undefined ? {} : { left: stickyLeft }) }}
    >
      {bar !== undefined && bar !== null && bar > 0 && (
        <span
          aria-hidden
          className="absolute right-0 bottom-0 h-0.5 bg-primary opacity-45"
          // The full length is a property of the table, so that a new scale draws no row anew.
          style={{
            width: `min(100%, calc(100% * ${bar} / var(${barVariable(column.id)}, 1e15)))`,
            ...(column.color ? { background: column.color } : {}),
          }}
        />
      )}
      {row === undefined ? (
        <Skeleton className={column.align === "right" ? "w-10" : "w-3/5"} />
      ) : (
        column.render(row, density)
      )}
    </div>
  );
}

const Cell = memo(PlainCell) as typeof PlainCell;

/** Returns the name of the CSS variable that says how much a full bar of a column is. */
export const barVariable = (columnId: string): string =>
  `--bar-${columnId.replace(/[^A-Za-z0-9]/g, "-")}`;
