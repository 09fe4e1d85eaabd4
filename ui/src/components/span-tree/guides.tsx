import { ChevronDown, ChevronRight } from "lucide-react";

/** px that a level is set in; a tree that is very deep gets less. */
export function indentStep(deepest: number, most = 220): number {
  return Math.max(3, Math.min(16, Math.floor(most / Math.max(1, deepest))));
}

// The same elements in all rows: a list that scrolls draws many of them a second.
const HANDLE =
  "flex h-full w-4 shrink-0 cursor-pointer items-center justify-center text-muted-foreground hover:text-foreground";
const NO_HANDLE = <span aria-hidden="true" className="w-4 shrink-0" />;
const OPEN = (
  <span aria-hidden="true" data-toggle="" className={HANDLE}>
    <ChevronDown className="size-3" />
  </span>
);
const SHUT = (
  <span aria-hidden="true" data-toggle="" className={HANDLE}>
    <ChevronRight className="size-3" />
  </span>
);

/**
 * The lines that lead from a row to its parent, and past it to later siblings, then the handle that folds.
 * `through` are the levels (0 for the first) whose line goes on below the row.
 */
export function Guides({
  depth,
  through,
  last,
  open,
  step,
  height,
}: {
  depth: number;
  through: readonly number[];
  last: boolean;
  /** Null for a row that has nothing below. */
  open: boolean | null;
  step: number;
  height: number;
}) {
  const width = depth * step;
  const middle = height / 2;
  // Half pixels, so that a line of 1 px is one sharp pixel.
  const x = (level: number) => level * step + 7.5;
  const lines = through.map((level) => `M${x(level)} 0V${height}`);
  if (depth > 0) {
    const own = x(depth - 1);
    lines.push(`M${own} 0V${last ? middle : height}`);
    lines.push(`M${own} ${middle}H${own + Math.max(3, step - (open === null ? 2 : 8))}`);
  }
  return (
    <>
      {depth > 0 && (
        <svg
          aria-hidden="true"
          width={width + 4}
          height={height}
          className="pointer-events-none -mr-1 shrink-0 overflow-visible text-border-strong"
        >
          <path d={lines.join("")} fill="none" stroke="currentColor" shapeRendering="crispEdges" />
        </svg>
      )}
      {open === null ? NO_HANDLE : open ? OPEN : SHUT}
    </>
  );
}
