// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot leave out what is not on screen, so the roles of a grid are said here
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names the row it stands on by aria-activedescendant

import { ArrowDown, ArrowUp, ChevronDown } from "lucide-react";
import { type KeyboardEvent, memo, type ReactNode, useState } from "react";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import { DRAGGED, directionOf, nextSort } from "./column-model";
import { ColumnResizer } from "./column-resizer";
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
        <ColumnResizer placed={placed} actions={actions} />
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

/** A column's name, its order, its figure and its menu. */
export const HeaderCell = memo(PlainHeaderCell) as typeof PlainHeaderCell;

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
