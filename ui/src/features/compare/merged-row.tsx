import { memo } from "react";
import { Guides } from "@/components/span-tree/guides";
import { errorOf, nameOf, typeOf } from "@/components/span-tree/model";
import { TypeIcon } from "@/components/span-tree/type-icon";
import type { Shown } from "@/components/span-tree/visible";
import { cn } from "@/lib/cn";
import { Delta, FORMAT } from "./delta";
import { type Change, type Comparison, changesOf, deltaOf, type Status } from "./differences";

export const MERGED_ROW = 28;

const SIGNS: Record<Status, { sign: string; label: string; tone: string; row: string }> = {
  same: { sign: "", label: "", tone: "", row: "" },
  changed: { sign: "~", label: "Changed", tone: "text-warning", row: "" },
  added: { sign: "+", label: "Only in B", tone: "text-success", row: "bg-success-soft/60" },
  removed: { sign: "−", label: "Only in A", tone: "text-danger", row: "bg-danger-soft/60" },
};

/** A step of both traces: what it is, how it changed, and its figures on both sides. */
export const MergedRow = memo(function MergedRow({
  comparison,
  shown,
  row,
  status,
  open,
  step,
}: {
  comparison: Comparison;
  shown: Shown;
  row: number;
  status: Status;
  open: boolean | null;
  step: number;
}) {
  const { a, b, merged } = comparison;
  const x = merged.a[row] ?? -1;
  const y = merged.b[row] ?? -1;
  const type = y >= 0 ? typeOf(b, y) : typeOf(a, x);
  const name = y >= 0 ? nameOf(b, y) : nameOf(a, x);
  const before = x >= 0 ? nameOf(a, x) : name;
  const { sign, label, tone, row: tint } = SIGNS[status];
  const duration = deltaOf(comparison, row, "duration");
  const tokens = deltaOf(comparison, row, "tokens");
  const cost = deltaOf(comparison, row, "cost");
  return (
    <div className={cn("flex h-full items-center pr-2 pl-1", tint)}>
      <span title={label} className={cn("w-4 shrink-0 text-center font-mono font-semibold", tone)}>
        <span aria-hidden>{sign}</span>
        <span className="sr-only">{label}</span>
      </span>
      <Guides
        depth={merged.depth[row] ?? 0}
        through={linesThrough(comparison, shown, row)}
        last={shown.last[row] === 1}
        open={open}
        step={step}
        height={MERGED_ROW}
      />
      <TypeIcon type={type} className="mr-1.5" />
      <span
        title={before === name ? name : `${before} → ${name}`}
        className={cn(
          "min-w-8 truncate",
          status === "removed" && "line-through decoration-danger/60",
          ((y >= 0 && errorOf(b, y)) || (y < 0 && errorOf(a, x))) && "text-danger",
          row === 0 && "font-medium",
        )}
      >
        {before !== name && row > 0 && (
          <span className="text-muted-foreground line-through">{before}</span>
        )}
        {before !== name && row > 0 && " "}
        {name}
      </span>
      {status === "changed" && <Changes changes={changesOf(comparison, row)} />}
      <span className="flex-1" />
      <Figure className="hidden @min-[740px]:block">{show(duration.before, "duration")}</Figure>
      <Figure className="hidden @min-[580px]:block">{show(duration.after, "duration")}</Figure>
      <Figure>
        <Delta figure="duration" before={duration.before} delta={duration.delta} />
      </Figure>
      <Figure className="hidden @min-[440px]:block">
        <Delta figure="tokens" before={tokens.before} delta={tokens.delta} />
      </Figure>
      <Figure className="hidden @min-[360px]:block">
        <Delta figure="cost" before={cost.before} delta={cost.delta} />
      </Figure>
    </div>
  );
});

/** The heads over the figures of the rows. */
export function MergedHead() {
  return (
    <div
      aria-hidden
      className="flex h-6 shrink-0 items-center border-b border-border pr-2 pl-2 text-xs text-muted-foreground"
    >
      <span className="flex-1">Step</span>
      <Figure className="hidden text-xs @min-[740px]:block">A</Figure>
      <Figure className="hidden text-xs @min-[580px]:block">B</Figure>
      <Figure className="text-xs">Δ time</Figure>
      <Figure className="hidden text-xs @min-[440px]:block">Δ tokens</Figure>
      <Figure className="hidden text-xs @min-[360px]:block">Δ cost</Figure>
    </div>
  );
}

function Figure({ className, children }: { className?: string; children: React.ReactNode }) {
  return (
    <span
      className={cn(
        "w-18 shrink-0 pl-1.5 text-right text-sm whitespace-nowrap text-muted-foreground tabular",
        className,
      )}
    >
      {children}
    </span>
  );
}

const show = (value: number | null, figure: "duration"): string =>
  value === null ? "" : FORMAT[figure](value);

// What tells most comes first: there may be room for no more.
const ORDER = ["error", "model", "type", "provider", "input", "output", "tags", "environment"];

function Changes({ changes }: { changes: Change[] }) {
  const shown = changes
    .filter((change) => change.what !== "name")
    .sort((x, y) => ORDER.indexOf(x.what) - ORDER.indexOf(y.what));
  return (
    <span className="ml-2 flex max-w-max min-w-0 grow-[999] basis-0 items-center gap-1 overflow-hidden [mask-image:linear-gradient(to_right,black_calc(100%-12px),transparent)] pr-3">
      {shown.map(({ what, before, after }) => (
        <span
          key={what}
          title={
            before || after
              ? `${what}: ${before || "none"} → ${after || "none"}`
              : `The ${what} differs`
          }
          className="shrink-0 rounded-sm bg-warning-soft px-1 text-xs whitespace-nowrap text-warning"
        >
          {what === "model" ? `${before || "none"} → ${after || "none"}` : what}
        </span>
      ))}
    </span>
  );
}

function linesThrough({ merged }: Comparison, shown: Shown, row: number): number[] {
  const levels: number[] = [];
  for (let at = merged.parent[row] ?? -1; at > 0; at = merged.parent[at] ?? -1) {
    if (shown.last[at] === 0) levels.push((merged.depth[at] ?? 1) - 1);
  }
  return levels;
}
