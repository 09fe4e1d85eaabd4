import { CircleAlert } from "lucide-react";
import { memo } from "react";
import {
  durationOf,
  errorOf,
  hasChildren,
  isRunning,
  type TreeModel,
  typeOf,
} from "@/components/span-tree/model";
import type { Shown } from "@/components/span-tree/visible";
import { cn } from "@/lib/cn";
import { formatDuration } from "@/lib/format";
import { SpanName } from "../tree/span-name";
import { TYPE_BAR } from "../tree/type-bar";
import type { Axis } from "./use-axis";

export const TIMELINE_ROW = 24;
const MARKS = { scores: false, comments: false };

export const TimelineRow = memo(function TimelineRow({
  model,
  shown,
  row,
  open,
  step,
  dim,
  find,
  axis,
}: {
  model: TreeModel;
  shown: Shown;
  row: number;
  open: boolean | null;
  step: number;
  dim: boolean;
  find: string;
  axis: Axis;
}) {
  return (
    <div className="flex h-full">
      <div className="flex w-(--names) min-w-0 shrink-0 items-center overflow-hidden pr-2 pl-1.5 text-sm">
        <SpanName
          model={model}
          shown={shown}
          row={row}
          open={open}
          step={step}
          height={TIMELINE_ROW}
          dim={dim}
          find={find}
          marks={MARKS}
        />
      </div>
      <div data-bars className={cn("relative min-w-0 flex-1 overflow-hidden", dim && "opacity-40")}>
        <Bar model={model} row={row} axis={axis} />
      </div>
    </div>
  );
});

// Of the width; what is farther out is not seen, and would make elements of millions of px.
const OUT = 0.05;

function Bar({ model, row, axis }: { model: TreeModel; row: number; axis: Axis }) {
  const start = axis.at(model.start[row] ?? 0);
  const end = axis.at(model.end[row] ?? 0);
  const left = Math.max(start, -OUT);
  const right = Math.min(end, 1 + OUT);
  const error = errorOf(model, row);
  if (end < 0 || start > 1) {
    // An arrow shows where to go for it.
    return (
      <span
        aria-hidden
        className={cn(
          "absolute top-1/2 -translate-y-1/2 text-xs text-muted-foreground",
          end < 0 ? "left-1" : "right-1",
        )}
      >
        {end < 0 ? "‹" : "›"}
      </span>
    );
  }
  const ttft = row === 0 ? null : (model.spans.ttft[model.span[row] ?? 0] ?? null);
  const first =
    ttft === null ? 0 : (axis.at((model.start[row] ?? 0) + ttft) - left) / (right - left);
  const beside = right > 0.82;
  return (
    <>
      <span
        className={cn(
          "absolute top-[5px] h-3.5 min-w-[2px] rounded-[3px]",
          TYPE_BAR[typeOf(model, row)],
          hasChildren(model, row) && "opacity-45",
          isRunning(model, row) && "animate-pulse",
        )}
        style={{ left: `${left * 100}%`, width: `${Math.max(0, right - left) * 100}%` }}
      >
        {first > 0.01 && first < 1 && (
          <span
            className="absolute inset-y-0 left-0 rounded-l-[3px] bg-background/45"
            style={{ width: `${first * 100}%` }}
          />
        )}
      </span>
      <span
        className="pointer-events-none absolute top-1 flex h-4 items-center gap-1 rounded-sm px-1 text-xs whitespace-nowrap text-muted-foreground tabular"
        style={
          beside
            ? left > 0.18
              ? { right: `calc(${(1 - left) * 100}% + 1px)` }
              : { right: 4, color: "var(--foreground)" }
            : { left: `calc(${right * 100}% + 2px)` }
        }
      >
        {error && <CircleAlert className="size-3 text-danger" />}
        {isRunning(model, row) ? "running" : formatDuration(durationOf(model, row))}
      </span>
    </>
  );
}
