import { useVirtualizer } from "@tanstack/react-virtual";
import { UnfoldVertical } from "lucide-react";
import { memo, useMemo, useRef, useState } from "react";
import { cn } from "@/lib/cn";
import { formatNumber } from "@/lib/format";
import { diffLine, foldEqual, type Piece, type TextDiff } from "./text-diff";

const ROW = 18;

/** Two texts with their differences, side by side or one under the other; equal stretches are folded. */
export function DiffView({
  diff,
  unified,
  label,
}: {
  diff: TextDiff;
  unified: boolean;
  label: string;
}) {
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const rows = useMemo(() => foldEqual(diff, opened), [diff, opened]);
  const ref = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => ref.current,
    estimateSize: () => ROW,
    overscan: 20,
  });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a region of text, no fieldset
    <div
      ref={ref}
      role="group"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: long texts scroll by keyboard too
      tabIndex={0}
      className="h-full overflow-auto font-mono text-sm leading-[18px] [contain:strict]"
    >
      <div className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start, key }) => {
          const item = rows[index];
          if (!item) return null;
          return (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${start}px)` }}
            >
              {"row" in item ? (
                <DiffRow diff={diff} row={item.row} unified={unified} />
              ) : (
                <button
                  type="button"
                  onClick={() => setOpened(new Set(opened).add(item.from))}
                  className="flex h-6 w-full items-center gap-2 bg-muted/60 px-2 font-sans text-xs text-muted-foreground hover:bg-muted hover:text-foreground"
                >
                  <UnfoldVertical className="size-3" />
                  {formatNumber(item.to - item.from)} equal lines
                </button>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

const DiffRow = memo(function DiffRow({
  diff,
  row,
  unified,
}: {
  diff: TextDiff;
  row: number;
  unified: boolean;
}) {
  const at = diff.rows[row];
  const before = at && at.a >= 0 ? (diff.a[at.a] ?? "") : null;
  const after = at && at.b >= 0 ? (diff.b[at.b] ?? "") : null;
  if (before !== null && before === after) {
    return unified ? (
      <Line text={before} kind="equal" />
    ) : (
      <div className="grid grid-cols-2">
        <Line text={before} kind="equal" />
        <Line text={before} kind="equal" className="border-l border-border" />
      </div>
    );
  }
  const words = before !== null && after !== null ? diffLine(before, after) : null;
  const left = <Line text={before} pieces={words?.a} kind="removed" />;
  const right = <Line text={after} pieces={words?.b} kind="added" />;
  if (unified) {
    return (
      <>
        {before !== null && left}
        {after !== null && right}
      </>
    );
  }
  return (
    <div className="grid grid-cols-2">
      {left}
      <Line text={after} pieces={words?.b} kind="added" className="border-l border-border" />
    </div>
  );
});

const TONES = {
  equal: "",
  removed: "bg-danger-soft",
  added: "bg-success-soft",
} as const;
const SIGNS = { equal: " ", removed: "−", added: "+" } as const;

function Line({
  text,
  pieces,
  kind,
  className,
}: {
  /** Null where this side has no such line. */
  text: string | null;
  pieces?: Piece[] | undefined;
  kind: keyof typeof TONES;
  className?: string;
}) {
  if (text === null) return <div aria-hidden className={cn("bg-muted/40", className)} />;
  const mark = kind === "removed" ? "bg-danger/25" : "bg-success/25";
  return (
    <div className={cn("flex min-w-0", TONES[kind], className)}>
      <span
        aria-hidden={kind === "equal"}
        className={cn(
          "w-4 shrink-0 text-center select-none",
          kind === "removed" && "text-danger",
          kind === "added" && "text-success",
        )}
      >
        {SIGNS[kind]}
      </span>
      <span className="min-h-[18px] min-w-0 flex-1 pr-2 break-words whitespace-pre-wrap">
        {pieces
          ? pieces.map((piece, i) =>
              piece.differs ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line never move
                <span key={i} className={cn("rounded-xs", mark)}>
                  {piece.text}
                </span>
              ) : (
                piece.text
              ),
            )
          : text}
      </span>
    </div>
  );
}
