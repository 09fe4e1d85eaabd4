import { useQueries } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownToLine, ArrowUpToLine } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { EmptyState, ErrorState } from "@/components/ui/states";
import { formatNumber } from "@/lib/format";
import { PAGE, type Turn, turnsQuery } from "../api/turns";
import { TurnView } from "./turn-view";

const GUESSED_HEIGHT = 200;
/** Fewer turns need no way to the ends. */
const FEW = 8;

/** The turns of a thread: only those on screen exist, and pages come as they are scrolled to. */
export function ThreadChat({
  projectId,
  threadId,
  count,
  onOpenTrace,
}: {
  projectId: string;
  threadId: string;
  /** Turns in all. */
  count: number;
  onOpenTrace: (traceId: string) => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => GUESSED_HEIGHT,
    overscan: 3,
  });
  const items = virtual.getVirtualItems();
  const seen = virtual.range ?? { startIndex: 0, endIndex: 0 };
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const { turnAt, failed } = useTurns(projectId, threadId, count, Math.max(0, first - 1), last);
  // Stable, so that turns are not drawn anew on each scroll.
  const [open] = useState(() => ({ run: onOpenTrace }));
  open.run = onOpenTrace;
  const onOpen = useMemo(() => (id: string) => open.run(id), [open]);

  if (count === 0) return <EmptyState title="No turns" className="h-full" />;
  if (failed)
    return <ErrorState error={failed.error} onRetry={failed.refetch} className="h-full" />;
  return (
    <div className="relative h-full min-h-0">
      <div
        ref={scroller}
        role="log"
        aria-label="Conversation"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keyboard too
        tabIndex={0}
        className="h-full overflow-y-auto"
      >
        <div className="relative mx-auto max-w-4xl" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const turn = turnAt(item.index);
            return (
              <div
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className="absolute inset-x-0 border-b border-border"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {turn ? (
                  <TurnView
                    turn={turn}
                    before={turnAt(item.index - 1)}
                    number={item.index + 1}
                    onOpen={onOpen}
                  />
                ) : (
                  <LoadingTurn />
                )}
              </div>
            );
          })}
        </div>
      </div>
      {count > FEW && (
        <div className="absolute right-4 bottom-3 flex items-center gap-1 rounded-md border border-border bg-raised p-0.5 text-sm shadow-md">
          <span className="px-1.5 text-muted-foreground tabular">
            {formatNumber(seen.startIndex + 1)}–{formatNumber(seen.endIndex + 1)} of{" "}
            {formatNumber(count)}
          </span>
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label="To the first turn"
            onClick={() => virtual.scrollToIndex(0)}
          >
            <ArrowUpToLine />
          </Button>
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label="To the last turn"
            onClick={() => virtual.scrollToIndex(count - 1, { align: "end" })}
          >
            <ArrowDownToLine />
          </Button>
        </div>
      )}
    </div>
  );
}

/** The turns from `first` to `last`, by the pages that hold them. */
function useTurns(projectId: string, threadId: string, count: number, first: number, last: number) {
  const firstPage = Math.floor(first / PAGE);
  const lastPage = Math.floor(last / PAGE);
  const pages = useQueries({
    queries: Array.from({ length: lastPage - firstPage + 1 }, (_, i) =>
      turnsQuery(projectId, threadId, firstPage + i, count),
    ),
  });
  const turnAt = (index: number): Turn | undefined => {
    if (index < 0) return undefined;
    const page = Math.floor(index / PAGE);
    return pages[page - firstPage]?.data?.[index % PAGE];
  };
  const failed = pages.find((page) => page.isError && !page.data);
  return { turnAt, failed };
}

function LoadingTurn() {
  return (
    <div aria-hidden className="flex flex-col gap-2 px-4 py-3" style={{ height: GUESSED_HEIGHT }}>
      <Skeleton className="h-10 w-1/2 self-end" />
      <Skeleton className="h-4 w-11/12" />
      <Skeleton className="h-4 w-4/5" />
      <Skeleton className="h-4 w-40" />
    </div>
  );
}
