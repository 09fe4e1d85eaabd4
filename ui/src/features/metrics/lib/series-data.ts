import type { Histogram, Series, SeriesAnswer } from "@/api/types";
import type { ChartData, Unit } from "@/components/charts/types";

// The sum of the others, which stands beside the title; in a stack it would count twice.
const SUM = "total_tokens";

/** The histogram as series: failed rows and the others. */
export function statusSeries({ from, to, step_s, buckets }: Histogram): SeriesAnswer {
  const series = (name: string, label: string, query: string, value: (i: number) => number) => ({
    name,
    label,
    unit: "count",
    query,
    points: buckets.map((b, i): [number, number] => [Date.parse(b.time), value(i)]),
  });
  const errors = (i: number) => buckets[i]?.errors ?? 0;
  return {
    from,
    to,
    step_s,
    series: [
      series("error", "Errors", "status:error", errors),
      series("ok", "OK", "-status:error", (i) => (buckets[i]?.count ?? 0) - errors(i)),
    ],
  };
}

/** Brings the server's series onto one row of buckets. */
export function seriesData(
  answer: SeriesAnswer,
  { unit, kind }: { unit: Unit; kind: "bars" | "lines" },
): ChartData {
  const step = answer.step_s * 1000;
  const shown = seriesShown(answer.series, kind);
  const times = [...new Set(shown.flatMap((s) => s.points.map(([at]) => at)))].sort(
    (a, b) => a - b,
  );
  return {
    times,
    step,
    unit,
    series: shown.map((s) => {
      const values = new Map(s.points);
      return { name: s.name, label: s.label, values: times.map((t) => values.get(t) ?? null) };
    }),
  };
}

/** The parts of a stack; a sum only where it is alone. */
export function seriesShown(series: readonly Series[], kind: "bars" | "lines"): Series[] {
  const parts = series.filter((s) => s.name !== SUM);
  return kind === "bars" && parts.length > 0 ? parts : [...series];
}

/** Whether there is anything to draw. */
export const isBlank = (data: ChartData): boolean =>
  data.series.every((s) => s.values.every((v) => v === null || v === 0));

export const sumOf = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, v) => sum + (v ?? 0), 0);

/** The newest value there is. */
export const latestOf = (values: readonly (number | null)[]): number | null =>
  values.findLast((v) => v !== null) ?? null;
