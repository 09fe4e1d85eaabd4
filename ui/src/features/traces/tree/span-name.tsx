import { CircleAlert, Gauge, MessageSquare } from "lucide-react";
import { Guides } from "@/components/span-tree/guides";
import {
  errorOf,
  hasChildren,
  isRunning,
  nameOf,
  type TreeModel,
  typeOf,
} from "@/components/span-tree/model";
import { TypeIcon } from "@/components/span-tree/type-icon";
import type { Shown } from "@/components/span-tree/visible";
import { cn } from "@/lib/cn";

/** The levels whose connector line goes on past a row. */
function linesThrough(model: TreeModel, shown: Shown, row: number): number[] {
  const levels: number[] = [];
  for (let at = model.parent[row] ?? -1; at > 0; at = model.parent[at] ?? -1) {
    if (shown.last[at] === 0) levels.push((model.depth[at] ?? 1) - 1);
  }
  return levels;
}

/** The left part of a row, in tree and timeline: where it hangs, its kind, its name, and its marks. */
export function SpanName({
  model,
  shown,
  row,
  open,
  step,
  height,
  dim,
  find,
  marks,
}: {
  model: TreeModel;
  shown: Shown;
  row: number;
  open: boolean | null;
  step: number;
  height: number;
  /** There only because something below it matches. */
  dim: boolean;
  find: string;
  marks: { scores: boolean; comments: boolean };
}) {
  const error = errorOf(model, row);
  const below = open === false ? (model.errorsBelow[row] ?? 0) : 0;
  const name = nameOf(model, row);
  const span = model.span[row] ?? -1;
  const scores =
    row === 0 ? (model.trace.feedback_scores?.length ?? 0) : (model.spans.scores[span] ?? 0);
  const comments = row === 0 ? model.trace.comments : (model.spans.comments[span] ?? 0);
  return (
    <>
      <Guides
        depth={model.depth[row] ?? 0}
        through={linesThrough(model, shown, row)}
        last={shown.last[row] === 1}
        open={open}
        step={step}
        height={height}
      />
      <TypeIcon type={typeOf(model, row)} className={cn("mr-1.5", dim && "opacity-60")} />
      <span
        title={name}
        className={cn(
          "min-w-8 truncate",
          error && "text-danger",
          dim && "text-muted-foreground",
          row === 0 && "font-medium",
        )}
      >
        <Marked text={name} find={find} />
      </span>
      {open === false && hasChildren(model, row) && (
        <span className="ml-1.5 shrink-0 rounded-sm bg-muted px-1 text-xs text-muted-foreground tabular">
          {(model.size[row] ?? 1) - 1}
        </span>
      )}
      {isRunning(model, row) && (
        <span
          role="img"
          aria-label="Running"
          className="ml-1.5 size-1.5 shrink-0 animate-pulse rounded-full bg-running"
        />
      )}
      {error && (
        <CircleAlert
          role="img"
          aria-label={`Error: ${error}`}
          className="ml-1.5 size-3.5 shrink-0 text-danger"
        />
      )}
      {!error && below > 0 && (
        <span
          role="img"
          aria-label={`${below} errors below`}
          className="ml-1.5 inline-flex shrink-0 items-center gap-0.5 text-xs text-danger"
        >
          <CircleAlert className="size-3" />
          {below}
        </span>
      )}
      {marks.scores && scores > 0 && <Mark icon={<Gauge />} count={scores} label="scores" />}
      {marks.comments && comments > 0 && (
        <Mark icon={<MessageSquare />} count={comments} label="comments" />
      )}
    </>
  );
}

function Mark({ icon, count, label }: { icon: React.ReactNode; count: number; label: string }) {
  return (
    <span
      role="img"
      aria-label={`${count} ${label}`}
      className="ml-1.5 inline-flex shrink-0 items-center gap-0.5 text-xs text-muted-foreground tabular [&_svg]:size-3"
    >
      {icon}
      {count}
    </span>
  );
}

function Marked({ text, find }: { text: string; find: string }) {
  const at = find ? text.toLowerCase().indexOf(find.toLowerCase()) : -1;
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark className="rounded-xs bg-warning-soft text-warning">
        {text.slice(at, at + find.length)}
      </mark>
      {text.slice(at + find.length)}
    </>
  );
}
