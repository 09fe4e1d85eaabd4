// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot leave out what is not on screen, so the roles of a grid are said here
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names the row it stands on by aria-activedescendant

import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { type HeaderActions, HeaderCell } from "./header-cell";
import type { Ticked } from "./selection";
import { SELECT_WIDTH } from "./table-row";
import type { PlacedColumn } from "./use-column-layout";

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
