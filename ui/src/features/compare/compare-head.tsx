import type { TraceHead } from "@/api/types";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { formatNumber, formatTime } from "@/lib/format";
import { Delta, FORMAT } from "./delta";
import { type Comparison, deltaOf, type Figure } from "./differences";

const FIGURES: readonly { figure: Figure; label: string }[] = [
  { figure: "duration", label: "Duration" },
  { figure: "tokens", label: "Tokens" },
  { figure: "cost", label: "Cost" },
];

/** Both traces in a line each, and the line of their difference. */
export function CompareHead({
  comparison,
  onChoose,
}: {
  comparison: Comparison;
  /** Opens the choice of another trace in the place of one. */
  onChoose: (side: "a" | "b") => void;
}) {
  const { a, b } = comparison;
  const cell = "py-1 pl-4 text-right whitespace-nowrap tabular";
  const line = (side: "a" | "b", trace: TraceHead, spans: number) => (
    <tr className="border-t border-border">
      <th scope="row" className="w-full max-w-0 py-1 text-left font-normal">
        <span className="flex min-w-0 items-center gap-2">
          <span className="flex size-5 shrink-0 items-center justify-center rounded-sm bg-muted text-xs font-semibold">
            {side.toUpperCase()}
          </span>
          <span className="min-w-16 truncate font-medium">{trace.name || "(no name)"}</span>
          <span className="truncate text-sm text-muted-foreground tabular max-md:hidden">
            {formatTime(trace.start_time)}
          </span>
          {trace.is_running && <span className="text-sm text-running">running</span>}
          <Button
            variant="ghost"
            size="sm"
            aria-label={`Change trace ${side.toUpperCase()}`}
            onClick={() => onChoose(side)}
          >
            Change
          </Button>
        </span>
      </th>
      {FIGURES.map(({ figure }) => {
        const { before, after } = deltaOf(comparison, 0, figure);
        return (
          <td key={figure} className={cell}>
            {FORMAT[figure](side === "a" ? before : after)}
          </td>
        );
      })}
      <td className={cell}>{formatNumber(spans)}</td>
    </tr>
  );
  const more = b.count - a.count;
  return (
    <div className="shrink-0 overflow-x-auto border-b border-border px-3 py-1">
      <table className="w-full">
        <thead>
          <tr className="text-xs text-muted-foreground">
            <th scope="col" className="text-left font-normal">
              Trace
            </th>
            {FIGURES.map(({ figure, label }) => (
              <th key={figure} scope="col" className="pl-4 text-right font-normal">
                {label}
              </th>
            ))}
            <th scope="col" className="pl-4 text-right font-normal">
              Spans
            </th>
          </tr>
        </thead>
        <tbody>
          {line("a", a.trace, a.count - 1)}
          {line("b", b.trace, b.count - 1)}
          <tr className="border-t border-border">
            <th scope="row" className="py-1 text-left font-normal text-muted-foreground">
              <span className="pl-7">Difference</span>
            </th>
            {FIGURES.map(({ figure }) => {
              const { before, delta } = deltaOf(comparison, 0, figure);
              return (
                <td key={figure} className={cell}>
                  <Delta figure={figure} before={before} delta={delta} share />
                </td>
              );
            })}
            <td className={cn(cell, "text-muted-foreground")}>
              {more === 0 ? "=" : `${more > 0 ? "+" : "−"}${formatNumber(Math.abs(more))}`}
            </td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
