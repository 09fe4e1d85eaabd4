/** What a chart shows: values of series over buckets of time. */

export type Unit = "count" | "duration" | "cost" | "ratio" | "score";

export type ChartSeries = {
  /** Keeps its colour from chart to chart. */
  name: string;
  label: string;
  /** One value a bucket; null where there is nothing to average. */
  values: (number | null)[];
};

export type ChartData = {
  /** Starts of the buckets, ms since 1970, one `step` apart. */
  times: number[];
  /** Length of a bucket in ms. */
  step: number;
  unit: Unit;
  series: ChartSeries[];
};

/** A place that was clicked: a bucket, and the series nearest to the pointer, if any. */
export type ChartPoint = { from: string; to: string; series?: string };
