import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { messageOf } from "@/api/errors";
import { histogramQuery } from "@/api/queries/slice";
import type { EntityType, Histogram } from "@/api/types";
import { Chart } from "@/components/charts/chart";
import type { ChartData, ChartPoint } from "@/components/charts/types";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useStored } from "@/hooks/use-stored";
import { cn } from "@/lib/cn";
import type { Slice } from "@/lib/slice";
import { lengthWords } from "./period/period";
import { isQueryError } from "./query-error";

const HEIGHT = 76;
const METRICS = ["count", "duration_p99", "cost", "tokens"] as const;
type Metric = (typeof METRICS)[number];

const BUCKETS = 60;
/** Only what is drawn is asked for: the others cost time in a large project. */
const FIGURES: Record<Metric, string> = {
  count: "none",
  duration_p99: "duration",
  cost: "cost",
  tokens: "tokens",
};

const NOUNS: Record<EntityType, string> = { trace: "Traces", span: "Spans", thread: "Threads" };
const labelOf = (metric: Metric, entity: EntityType): string =>
  ({ count: NOUNS[entity], duration_p99: "p99", cost: "Cost", tokens: "Tokens" })[metric];

function dataOf(histogram: Histogram, metric: Metric): ChartData {
  const { buckets } = histogram;
  const step = histogram.step_s * 1000;
  const times = buckets.map((b) => Date.parse(b.time));
  if (metric === "count")
    return {
      times,
      step,
      unit: "count",
      series: [
        { name: "error", label: "Errors", values: buckets.map((b) => b.errors) },
        { name: "ok", label: "OK", values: buckets.map((b) => b.count - b.errors) },
      ],
    };
  const unit = metric === "cost" ? "cost" : metric === "tokens" ? "count" : "duration";
  return {
    times,
    step,
    unit,
    series: [
      { name: metric, label: labelOf(metric, "trace"), values: buckets.map((b) => b[metric]) },
    ],
  };
}

/** Rows over time, errors in red. Dragging picks a period (ISO times), a double click gives it up. */
export function HistogramStrip({
  projectId,
  slice,
  onRange,
  onReset,
}: {
  projectId: string;
  slice: Slice;
  onRange: (from: string, to: string) => void;
  onReset: () => void;
}) {
  const [metric, setMetric] = useStored<Metric>("histogram-metric", "count");
  const chosen = METRICS.includes(metric) ? metric : "count";
  const { data, error, refetch, isPlaceholderData } = useQuery(
    histogramQuery(projectId, slice, BUCKETS, FIGURES[chosen]),
  );
  const chart = useMemo(() => data && dataOf(data, chosen), [data, chosen]);
  const zoomIn = useCallback(({ from, to }: ChartPoint) => onRange(from, to), [onRange]);
  return (
    <section
      aria-label="Rows over time"
      aria-busy={!data || isPlaceholderData}
      className="px-3 pt-1"
    >
      <div className="flex h-5 items-center gap-2 text-xs text-muted-foreground">
        <fieldset aria-label="What the bars show" className="m-0 flex gap-0.5 border-0 p-0">
          {METRICS.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === chosen}
              onClick={() => setMetric(name)}
              className={cn(
                "rounded-sm px-1.5 hover:text-foreground",
                name === chosen && "bg-muted font-medium text-foreground",
              )}
            >
              {labelOf(name, slice.entity)}
            </button>
          ))}
        </fieldset>
        {data && data.buckets.length > 0 && (
          <span className="ml-auto max-sm:hidden">
            {`a bar is ${lengthWords(data.step_s * 1000)}; drag to zoom`}
          </span>
        )}
        {slice.to !== undefined && (
          <Button
            variant="ghost"
            size="sm"
            className="h-5 px-1.5 text-xs text-primary max-sm:ml-auto"
            onClick={onReset}
          >
            Reset zoom
          </Button>
        )}
      </div>
      {!data && isQueryError(error) ? (
        <div style={{ height: HEIGHT }} />
      ) : error && !data ? (
        <div role="alert" className="flex items-center gap-3 text-sm" style={{ height: HEIGHT }}>
          <span className="min-w-0 truncate text-danger">{messageOf(error)}</span>
          <Button size="sm" onClick={() => refetch()}>
            Try again
          </Button>
        </div>
      ) : !chart ? (
        <div style={{ height: HEIGHT }} className="flex items-end pb-5">
          <Skeleton className="h-10 w-full" />
        </div>
      ) : chart.times.length === 0 ? (
        <p
          style={{ height: HEIGHT }}
          className="grid place-items-center text-sm text-muted-foreground"
        >
          Nothing in this period
        </p>
      ) : (
        <Chart
          label={`${labelOf(chosen, slice.entity)} over time`}
          data={chart}
          kind={chosen === "duration_p99" ? "lines" : "bars"}
          height={HEIGHT}
          syncKey={`project ${projectId}`}
          onRange={onRange}
          onReset={onReset}
          onPoint={zoomIn}
        />
      )}
    </section>
  );
}
