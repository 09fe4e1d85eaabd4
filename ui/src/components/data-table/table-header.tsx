// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot leave out what is not on screen, so the roles of a grid are said here
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names the row it stands on by aria-activedescendant

import { ArrowDown, ArrowUp, ChevronDown } from "lucide-react";
import { type KeyboardEvent, memo, type PointerEvent, type ReactNode, useState } from "react";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import { directionOf, nextSort } from "./column-model";
import type { Ticked } from "./selection";
import { SELECT_WIDTH } from "./table-row";
import type { PlacedColumn } from "./use-column-layout";

export type HeaderActions = {
  onSort?: ((sort: string | undefined) => void) | undefined;
  onResize: (id: string, width: number) => void;
  onResetWidth: (id: string) => void;
  /** These need a table whose columns can be chosen. */
  onHide?: ((id: string) => void) | undefined;
  onPin: (id: string) => void;
  onMove?: ((id: string, by: 1 | -1) => void) | undefined;
  onMoveTo?: ((id: string, target: string) => void) | undefined;
};

type HeaderProps<T> = {
  pinned: readonly PlacedColumn<T>[];
  center: readonly PlacedColumn<T>[];
  sort: string | undefined;
  statistics: Readonly<Record<string, ReactNode>> | undefined;
  tick: Ticked | null;
  onTick: () => void;
  actions: HeaderActions;
};

/** The line of names, with a second one for the figures of the columns. */
export function TableHeader<T>(props: HeaderProps<T>) {
  const { pinned, center, tick, statistics } = props;
  const canSelect = tick !== null;
  const left = canSelect ? SELECT_WIDTH : 0;
  const shared = {
    sort: props.sort,
    actions: props.actions,
    hasFigures: statistics !== undefined,
  };
  return (
    <div
      role="row"
      aria-rowindex={1}
      className={cn("flex min-w-full bg-surface", statistics ? "h-12" : "h-7")}
    >
      {canSelect && (
        <div
          role="columnheader"
          aria-colindex={1}
          className="sticky left-0 z-20 flex shrink-0 items-start justify-center border-b border-border bg-surface pt-1.5"
          style={{ width: SELECT_WIDTH }}
        >
          <input
            type="checkbox"
            aria-label="Select all loaded rows"
            checked={tick === true}
            ref={(box) => {
              if (box) box.indeterminate = tick === "indeterminate";
            }}
            onChange={props.onTick}
            className="size-3.5 accent-primary"
          />
        </div>
      )}
      {pinned.map((placed, i) => (
        <HeaderCell
          key={placed.column.id}
          {...shared}
          placed={placed}
          figure={statistics?.[placed.column.id]}
          colIndex={placed.index + (canSelect ? 1 : 0)}
          stickyLeft={left + placed.start}
          isEdge={i === pinned.length - 1}
        />
      ))}
      {center[0] && center[0].start > 0 && (
        <div
          aria-hidden
          className="shrink-0 border-b border-border"
          style={{ width: center[0].start }}
        />
      )}
      {center.map((placed) => (
        <HeaderCell
          key={placed.column.id}
          {...shared}
          placed={placed}
          figure={statistics?.[placed.column.id]}
          colIndex={placed.index + (canSelect ? 1 : 0)}
        />
      ))}
      <div aria-hidden className="min-w-0 flex-1 border-b border-border" />
    </div>
  );
}

type CellProps<T> = {
  placed: PlacedColumn<T>;
  sort: string | undefined;
  figure: ReactNode;
  hasFigures: boolean;
  colIndex: number;
  actions: HeaderActions;
  stickyLeft?: number;
  isEdge?: boolean;
};

function PlainHeaderCell<T>(props: CellProps<T>) {
  const { placed, sort, actions, stickyLeft } = props;
  const { column, width } = placed;
  const [menuOpen, setMenuOpen] = useState(false);
  const [isTarget, setIsTarget] = useState(false);
  const direction = directionOf(sort, column.sort);
  const canSort = column.sort !== undefined && actions.onSort !== undefined;
  const toggleSort = () => {
    if (column.sort !== undefined)
      actions.onSort?.(nextSort(sort, column.sort, column.sortFirst ?? "asc"));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (event.altKey && event.key === "ArrowDown") setMenuOpen(true);
    else if (step && event.shiftKey) actions.onResize(column.id, width + step * 16);
    else if (step && event.altKey) actions.onMove?.(column.id, step);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      role="columnheader"
      aria-colindex={props.colIndex}
      {...(direction ? { "aria-sort": direction } : {})}
      className={cn(
        "group/head flex shrink-0 flex-col border-b border-border bg-surface",
        stickyLeft === undefined ? "relative" : "sticky z-20",
        props.isEdge && "border-r",
        isTarget && "shadow-[inset_2px_0_0_var(--primary)]",
      )}
      style={{ width, ...(stickyLeft === undefined ? {} : { left: stickyLeft }) }}
      draggable={actions.onMoveTo !== undefined}
      onDragStart={(event) => {
        event.dataTransfer.setData(DRAGGED, column.id);
        event.dataTransfer.effectAllowed = "move";
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(DRAGGED)) return;
        event.preventDefault();
        setIsTarget(true);
      }}
      onDragLeave={() => setIsTarget(false)}
      onDrop={(event) => {
        setIsTarget(false);
        const dragged = event.dataTransfer.getData(DRAGGED);
        if (dragged) actions.onMoveTo?.(dragged, column.id);
      }}
    >
      <div className="flex h-7 min-w-0 items-center">
        <button
          type="button"
          title={column.help ?? column.label}
          aria-keyshortcuts="Alt+ArrowDown Shift+ArrowLeft Shift+ArrowRight Alt+ArrowLeft Alt+ArrowRight"
          onClick={canSort ? toggleSort : () => setMenuOpen(true)}
          onContextMenu={(event) => {
            event.preventDefault();
            setMenuOpen(true);
          }}
          onKeyDown={onKeyDown}
          className={cn(
            "flex h-full min-w-0 flex-1 items-center gap-1 px-2 text-sm font-medium text-muted-foreground select-none hover:text-foreground -outline-offset-2",
            column.align === "right" && "flex-row-reverse",
            direction && "text-foreground",
          )}
        >
          {column.color && (
            <span
              aria-hidden
              className="size-2 shrink-0 rounded-[2px]"
              style={{ background: column.color }}
            />
          )}
          <span className="truncate">{column.label}</span>
          {direction === "ascending" && <ArrowUp aria-hidden className="size-3 shrink-0" />}
          {direction === "descending" && <ArrowDown aria-hidden className="size-3 shrink-0" />}
        </button>
        <Menu open={menuOpen} onOpenChange={setMenuOpen}>
          <MenuTrigger
            tabIndex={-1}
            aria-label={`Column ${column.label}`}
            className={cn(
              "absolute top-1 flex size-5 items-center justify-center rounded-sm bg-surface text-muted-foreground opacity-0 group-hover/head:opacity-100 hover:bg-muted hover:text-foreground data-[state=open]:opacity-100",
              column.align === "right" ? "left-0.5" : "right-1.5",
            )}
          >
            <ChevronDown className="size-3.5" />
          </MenuTrigger>
          {menuOpen && <ColumnMenu {...props} />}
        </Menu>
        <Resizer placed={placed} actions={actions} />
      </div>
      {props.hasFigures && (
        <div
          className={cn(
            "flex h-5 min-w-0 items-start overflow-hidden px-2 text-xs whitespace-nowrap text-muted-foreground tabular",
            column.align === "right" && "justify-end",
          )}
        >
          {props.figure}
        </div>
      )}
    </div>
  );
}

const HeaderCell = memo(PlainHeaderCell) as typeof PlainHeaderCell;

/** The type under which a dragged column travels. */
export const DRAGGED = "application/x-sightline-column";

function ColumnMenu<T>({ placed, actions, stickyLeft }: CellProps<T>) {
  const { column } = placed;
  const isPinned = stickyLeft !== undefined;
  const { sort } = column;
  return (
    <MenuContent>
      {sort !== undefined && actions.onSort && (
        <>
          <MenuItem onSelect={() => actions.onSort?.(sort)}>Sort ascending</MenuItem>
          <MenuItem onSelect={() => actions.onSort?.(`-${sort}`)}>Sort descending</MenuItem>
          <MenuSeparator />
        </>
      )}
      <MenuItem onSelect={() => actions.onPin(column.id)}>
        {isPinned ? "Unpin" : "Pin to the left"}
      </MenuItem>
      {actions.onMove && !isPinned && (
        <>
          <MenuItem onSelect={() => actions.onMove?.(column.id, -1)}>Move left</MenuItem>
          <MenuItem onSelect={() => actions.onMove?.(column.id, 1)}>Move right</MenuItem>
        </>
      )}
      <MenuItem onSelect={() => actions.onResetWidth(column.id)}>Reset the width</MenuItem>
      {actions.onHide && (
        <>
          <MenuSeparator />
          <MenuItem onSelect={() => actions.onHide?.(column.id)}>Hide</MenuItem>
        </>
      )}
    </MenuContent>
  );
}

/** The edge that one drags; a double click gives the first width back. */
function Resizer<T>({ placed, actions }: { placed: PlacedColumn<T>; actions: HeaderActions }) {
  const begin = (event: PointerEvent<HTMLSpanElement>) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    const edge = event.currentTarget;
    const { clientX } = event;
    const { width } = placed;
    edge.setPointerCapture(event.pointerId);
    const move = (at: globalThis.PointerEvent) =>
      actions.onResize(placed.column.id, width + at.clientX - clientX);
    const end = () => {
      edge.removeEventListener("pointermove", move);
      edge.removeEventListener("pointerup", end);
      edge.removeEventListener("pointercancel", end);
    };
    edge.addEventListener("pointermove", move);
    edge.addEventListener("pointerup", end);
    edge.addEventListener("pointercancel", end);
  };
  return (
    <span
      aria-hidden
      draggable
      onDragStart={(event) => {
        // The header is dragged by its name, its edge is not.
        event.preventDefault();
        event.stopPropagation();
      }}
      onPointerDown={begin}
      onDoubleClick={() => actions.onResetWidth(placed.column.id)}
      className="absolute top-0 -right-1 z-10 h-full w-2 cursor-col-resize touch-none after:absolute after:inset-y-1 after:right-1 after:w-px after:bg-border group-hover/head:after:bg-border-strong hover:after:w-0.5 hover:after:bg-primary"
    />
  );
}
