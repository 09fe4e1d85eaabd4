import { ArrowLeft } from "lucide-react";
import { type ReactNode, type RefObject, useRef } from "react";
import { Button } from "@/components/ui/button";
import { Resizer } from "@/components/ui/resizer";
import { useStored } from "@/hooks/use-stored";
import { cn } from "@/lib/cn";
import type { TraceView } from "@/lib/trace-search";

/** The share of the spans: bars and graphs need more room than names. */
const SHARES: Record<TraceView, number> = { tree: 0.4, timeline: 0.58, graph: 0.55 };

/** Spans on the left, details on the right; on a narrow screen one of them. */
export function PanelSplit({
  look,
  left,
  right,
  rightRef,
  pane,
  onBack,
}: {
  look: TraceView;
  left: ReactNode;
  right: ReactNode;
  rightRef: RefObject<HTMLElement | null>;
  /** What a narrow screen shows. */
  pane: "spans" | "detail";
  onBack: () => void;
}) {
  const [shares, setShares] = useStored("trace-panel.shares", SHARES);
  const share = shares[look] ?? SHARES[look];
  const ref = useRef<HTMLDivElement>(null);
  const leftRef = useRef<HTMLDivElement>(null);
  return (
    <div ref={ref} className="flex min-h-0 flex-1">
      <div
        ref={leftRef}
        className={cn("min-w-0 shrink-0 max-md:!w-full", pane === "detail" && "max-md:hidden")}
        style={{ width: `${share * 100}%` }}
      >
        {left}
      </div>
      <Resizer
        label="Width of the spans"
        className="max-md:hidden"
        value={share}
        least={0.2}
        most={0.8}
        side="left"
        whole={() => ref.current?.clientWidth ?? 1}
        onDrag={(next) => {
          if (leftRef.current) leftRef.current.style.width = `${next * 100}%`;
        }}
        onChange={(next) => setShares({ ...shares, [look]: next })}
      />
      <section
        ref={rightRef}
        tabIndex={-1}
        aria-label="Details"
        className={cn(
          "flex min-h-0 min-w-0 flex-1 flex-col outline-none",
          pane === "spans" && "max-md:hidden",
        )}
      >
        <div className="border-b border-border p-1 md:hidden">
          <Button variant="ghost" size="sm" onClick={onBack}>
            <ArrowLeft /> Spans
          </Button>
        </div>
        <div className="min-h-0 flex-1">{right}</div>
      </section>
    </div>
  );
}
