import { memo } from "react";
import {
  costOf,
  durationOf,
  isRunning,
  modelOf,
  type TreeModel,
  tokensOf,
  typeOf,
} from "@/components/span-tree/model";
import type { Shown } from "@/components/span-tree/visible";
import { cn } from "@/lib/cn";
import { formatCost, formatCount, formatDuration } from "@/lib/format";
import type { RowDetail } from "./row-details";
import { SpanName } from "./span-name";
import { TYPE_BAR } from "./type-bar";

export const ROW_HEIGHT = 28;

/** A row of the tree. Its props are stable, so that scrolling draws only the rows that come. */
export const SpanRow = memo(function SpanRow({
  model,
  shown,
  row,
  open,
  step,
  dim,
  find,
  details,
}: {
  model: TreeModel;
  shown: Shown;
  row: number;
  open: boolean | null;
  step: number;
  dim: boolean;
  find: string;
  details: ReadonlySet<RowDetail>;
}) {
  const span = model.span[row] ?? -1;
  const tags = row === 0 ? (model.trace.tags ?? []) : (model.spans.tags[span] ?? []);
  const llm = modelOf(model, row);
  const tokens = tokensOf(model, row);
  const cost = costOf(model, row);
  return (
    <div className={cn("flex h-full items-center pr-2 pl-1.5", dim && "opacity-80")}>
      <SpanName
        model={model}
        shown={shown}
        row={row}
        open={open}
        step={step}
        height={ROW_HEIGHT}
        dim={dim}
        find={find}
        marks={{ scores: details.has("scores"), comments: details.has("comments") }}
      />
      {details.has("tags") &&
        tags.slice(0, 3).map((tag) => (
          <span
            key={tag}
            className="ml-1.5 hidden max-w-24 shrink-0 truncate rounded-sm bg-muted px-1 text-xs @min-[360px]:inline"
          >
            {tag}
          </span>
        ))}
      {details.has("model") && llm && (
        <span
          title={llm}
          className="ml-2 hidden min-w-0 max-w-max grow-[999] basis-0 truncate text-xs text-muted-foreground @min-[300px]:inline"
        >
          {llm}
        </span>
      )}
      <span className="flex-1" />
      {details.has("bar") && <Bar model={model} row={row} />}
      {details.has("breakdown") && (
        <Figure className="hidden w-21 @min-[480px]:block">{breakdown(model, row)}</Figure>
      )}
      {details.has("tokens") && (
        <Figure className="hidden w-12 @min-[400px]:block">
          {tokens ? formatCount(tokens) : ""}
        </Figure>
      )}
      {details.has("cost") && (
        <Figure className="hidden w-15 @min-[330px]:block">{cost ? formatCost(cost) : ""}</Figure>
      )}
      {details.has("duration") && (
        <Figure className="w-15">
          {isRunning(model, row) ? (
            <span className="text-running">running</span>
          ) : (
            formatDuration(durationOf(model, row))
          )}
        </Figure>
      )}
    </div>
  );
});

function Figure({ className, children }: { className: string; children: React.ReactNode }) {
  return (
    <span
      className={cn(
        "shrink-0 pl-1.5 text-right text-sm whitespace-nowrap text-muted-foreground tabular",
        className,
      )}
    >
      {children}
    </span>
  );
}

function breakdown(model: TreeModel, row: number): string {
  const span = model.span[row] ?? -1;
  const usage = model.trace.usage;
  const prompt = row === 0 ? usage?.prompt_tokens : model.spans.prompt_tokens[span];
  const completion = row === 0 ? usage?.completion_tokens : model.spans.completion_tokens[span];
  if (!prompt && !completion) return "";
  return `${formatCount(prompt ?? 0)} + ${formatCount(completion ?? 0)}`;
}

/** Where in the trace's time the span lies. */
function Bar({ model, row }: { model: TreeModel; row: number }) {
  const whole = Math.max(model.to - model.from, 0.001);
  const start = (((model.start[row] ?? 0) - model.from) / whole) * 100;
  const width = (((model.end[row] ?? 0) - (model.start[row] ?? 0)) / whole) * 100;
  return (
    <span
      aria-hidden
      className="relative ml-2 hidden h-1.5 w-20 shrink-0 rounded-full bg-muted @min-[360px]:block"
    >
      <span
        className={cn("absolute inset-y-0 min-w-0.5 rounded-full", TYPE_BAR[typeOf(model, row)])}
        style={{ left: `${Math.min(98, start)}%`, width: `${Math.min(width, 100 - start)}%` }}
      />
    </span>
  );
}
