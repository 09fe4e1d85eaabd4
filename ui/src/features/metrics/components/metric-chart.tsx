import { useQuery } from "@tanstack/react-query";
import { memo, useCallback, useMemo, useState } from "react";
import { histogramQuery, seriesQuery } from "@/api/queries/slice";
import { Chart } from "@/components/charts/chart";
import { colorsOf } from "@/components/charts/colors";
import { Legend } from "@/components/charts/legend";
import { bucketWords, formatValue } from "@/components/charts/scales";
import type { ChartPoint } from "@/components/charts/types";
import { Skeleton } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import type { Slice } from "@/lib/slice";
import { BY_STATUS, type ChartPlan } from "../lib/charts";
import {
  isBlank,
  latestOf,
  seriesData,
  seriesShown,
  statusSeries,
  sumOf,
} from "../lib/series-data";

const HEIGHT = 168;

/** One chart: it loads, fails and is empty by itself. */
export const MetricChart = memo(function MetricChart({
  projectId,
  slice,
  plan,
  hidden,
  onToggle,
  onRange,
  onReset,
  onRows,
}: {
  projectId: string;
  slice: Slice;
  plan: ChartPlan;
  hidden: ReadonlySet<string>;
  onToggle: (name: string, all: readonly string[], only: boolean) => void;
  onRange: (from: string, to: string) => void;
  onReset: () => void;
  /** Goes to the rows of a period that some conditions hold for. */
  onRows: (conditions: string[], from: string, to: string) => void;
}) {
  const isByStatus = plan.asked.breakdown === BY_STATUS;
  const series = useQuery({ ...seriesQuery(projectId, slice, plan.asked), enabled: !isByStatus });
  const histogram = useQuery({
    ...histogramQuery(projectId, slice, plan.asked.buckets, "none"),
    enabled: isByStatus,
  });
  const { error, refetch, isPlaceholderData } = isByStatus ? histogram : series;
  const data = useMemo(
    () => (isByStatus ? histogram.data && statusSeries(histogram.data) : series.data),
    [isByStatus, histogram.data, series.data],
  );
  const [index, setIndex] = useState<number>();
  const { unit, kind, condition } = plan;
  const chart = useMemo(() => data && seriesData(data, { unit, kind }), [data, unit, kind]);
  const colors = useMemo(() => colorsOf(chart?.series.map((s) => s.name) ?? []), [chart]);
  const own = useMemo(
    () => new Set(chart?.series.map((s) => s.name).filter((name) => hidden.has(name))),
    [chart, hidden],
  );
  const onPoint = useCallback(
    ({ from, to, series }: ChartPoint) => {
      const shown = seriesShown(data?.series ?? [], kind);
      const found = shown.length === 1 ? shown[0] : shown.find((s) => s.name === series);
      onRows(
        [condition, found?.query].filter((c) => c !== undefined && c !== "") as string[],
        from,
        to,
      );
    },
    [data, kind, condition, onRows],
  );
  const names = chart?.series.map((s) => s.name) ?? [];
  const isEmpty = chart && isBlank(chart);
  const isAlone = names.length === 1 && plan.asked.breakdown === "none";
  const figureOf = (values: (number | null)[]) => {
    if (index !== undefined) return formatValue(values[index], unit);
    return formatValue(kind === "bars" ? sumOf(values) : latestOf(values), unit);
  };
  const headline = () => {
    if (!chart || isEmpty) return undefined;
    if (isAlone) return figureOf(chart.series[0]?.values ?? []);
    if (!plan.hasTotal) return undefined;
    const shown = chart.series.filter((s) => !own.has(s.name));
    return formatValue(
      sumOf(shown.flatMap((s) => (index === undefined ? s.values : [s.values[index] ?? null]))),
      unit,
    );
  };

  const moment = () => {
    if (!chart || isEmpty) return "";
    const at = index === undefined ? undefined : chart.times[index];
    if (at !== undefined) return bucketWords(at, chart.step);
    return kind === "lines" ? "latest" : "";
  };

  return (
    <section
      aria-label={plan.title}
      aria-busy={!data || isPlaceholderData}
      className={cn(
        "flex min-w-0 flex-col gap-1 border-r border-b border-border p-3",
        plan.isWide && "xl:col-span-2",
      )}
    >
      <h2 className="flex h-5 items-baseline gap-2">
        <span className="truncate font-medium">{plan.title}</span>
        <span className="tabular text-muted-foreground">{headline()}</span>
        <span className="tabular ml-auto truncate text-xs text-muted-foreground">{moment()}</span>
      </h2>
      <div style={{ minHeight: HEIGHT }}>
        {error && !data ? (
          <ErrorState error={error} onRetry={refetch} className="p-4" />
        ) : !chart ? (
          <div
            role="status"
            aria-label={`Loading ${plan.title}`}
            style={{ height: HEIGHT }}
            className="flex items-end pb-5 pl-12"
          >
            <Skeleton className="h-24 w-full" />
          </div>
        ) : isEmpty ? (
          <p
            style={{ height: HEIGHT }}
            className="grid place-items-center text-center text-muted-foreground"
          >
            {plan.empty}
          </p>
        ) : (
          <Chart
            label={`${plan.title} over time`}
            data={chart}
            kind={kind}
            height={HEIGHT}
            hidden={own}
            syncKey={`project ${projectId}`}
            onRange={onRange}
            onReset={onReset}
            onPoint={onPoint}
            onIndex={setIndex}
          />
        )}
      </div>
      <div className="min-h-5">
        {chart && !isEmpty && !isAlone && (
          <Legend
            label={`Series of ${plan.title}`}
            items={chart.series.map((s) => ({
              name: s.name,
              label: s.label,
              value: figureOf(s.values),
            }))}
            hidden={own}
            colors={colors}
            onToggle={(name, only) => onToggle(name, names, only)}
          />
        )}
      </div>
    </section>
  );
});
