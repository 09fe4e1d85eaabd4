import { type KeyboardEvent, lazy, memo, Suspense, useId, useMemo, useRef, useState } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import { ChartTable } from "./chart-table";
import { ChartTooltip } from "./chart-tooltip";
import { colorsOf } from "./colors";
import { snapped } from "./frame";
import type { Hover, PlotHandle } from "./plot";
import { bucketWords, formatValue } from "./scales";
import type { ChartData, ChartPoint } from "./types";

const Plot = lazy(() => import("./plot").then((module) => ({ default: module.Plot })));
const NONE: ReadonlySet<string> = new Set();

/**
 * Series over time. A drag or Shift with the arrows marks a period, a double click or Escape gives
 * it up, a click or Enter goes to what is behind a bucket. Charts with one `syncKey` share their
 * cursor. Give `data` a stable identity: the canvas is made anew for another one.
 */
export const Chart = memo(function Chart({
  label,
  data,
  kind,
  height,
  hidden = NONE,
  syncKey,
  onRange,
  onReset,
  onPoint,
  onIndex,
}: {
  label: string;
  data: ChartData;
  kind: "bars" | "lines";
  height: number;
  /** Names of series that are not drawn. */
  hidden?: ReadonlySet<string>;
  syncKey: string;
  onRange: (from: string, to: string) => void;
  onReset: () => void;
  onPoint?: (point: ChartPoint) => void;
  /** Hears which bucket the shared cursor is at. */
  onIndex?: (index: number | undefined) => void;
}) {
  const [hover, setHover] = useState<Hover>();
  const [focused, setFocused] = useState<number>();
  const [marked, setMarked] = useState<number>();
  const plot = useRef<PlotHandle>(undefined);
  const hasFocus = useRef(false);
  const helpId = useId();
  const colors = useMemo(() => colorsOf(data.series.map((s) => s.name)), [data]);
  const last = data.times.length - 1;

  const go = (index: number, mark: boolean) => {
    const to = Math.max(0, Math.min(last, index));
    const from = mark ? (marked ?? focused ?? to) : undefined;
    setMarked(from);
    setFocused(to);
    plot.current?.mark(from ?? -1, to);
    plot.current?.moveTo(to);
  };
  const leave = () => {
    setMarked(undefined);
    plot.current?.mark(-1, -1);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = focused ?? last;
    const goTo = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    if (goTo !== undefined) go(focused === undefined ? last : goTo, event.shiftKey);
    else if (event.key === "Enter" || event.key === " ") {
      const start = data.times[Math.min(at, marked ?? at)] ?? 0;
      const end = (data.times[Math.max(at, marked ?? at)] ?? 0) + data.step;
      const period = snapped(data, start, end);
      if (marked !== undefined) {
        leave();
        onRange(period.from, period.to);
      } else onPoint?.(period);
    } else if (event.key === "Escape") {
      if (marked !== undefined) leave();
      else onReset();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const words = (index: number): string => {
    const when =
      marked === undefined || marked === index
        ? bucketWords(data.times[index] ?? 0, data.step)
        : bucketWords(
            data.times[Math.min(marked, index)] ?? 0,
            data.step * (Math.abs(index - marked) + 1),
          );
    const values = data.series
      .filter((s) => !hidden.has(s.name))
      .map((s) => `${s.label} ${formatValue(s.values[index], data.unit)}`);
    return [when, ...values].join(", ");
  };

  return (
    <div className="relative">
      {/* A slider is what screen readers know for "one of a row of places". */}
      <div
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={Math.max(0, Math.min(focused ?? last, last))}
        aria-valuetext={last < 0 ? "no data" : words(Math.min(focused ?? last, last))}
        aria-describedby={helpId}
        onKeyDown={onKeyDown}
        onFocus={() => {
          hasFocus.current = true;
        }}
        onBlur={() => {
          hasFocus.current = false;
          leave();
          setFocused(undefined);
          plot.current?.moveTo(-1);
        }}
        className="rounded-sm"
      >
        <Suspense
          fallback={
            <div style={{ height }} className="flex items-end pb-5">
              <Skeleton className="h-1/2 w-full" />
            </div>
          }
        >
          <Plot
            data={data}
            kind={kind}
            hidden={hidden}
            colors={colors}
            height={height}
            syncKey={syncKey}
            onHover={(next) => {
              setHover(next);
              onIndex?.(next?.index);
            }}
            onRange={onRange}
            onReset={onReset}
            onPoint={onPoint}
            onReady={(handle) => {
              plot.current = handle;
            }}
          />
        </Suspense>
      </div>
      <span id={helpId} className="sr-only">
        Arrow keys go from bucket to bucket, with Shift they mark a period; Enter opens, Escape goes
        back to the whole period.
      </span>
      {hover && (hover.isOwn || hasFocus.current) && (
        <ChartTooltip data={data} hidden={hidden} colors={colors} index={hover.index} x={hover.x} />
      )}
      <ChartTable label={label} data={data} />
    </div>
  );
});
