import type { EntityType } from "@/api/types";
import type { Unit } from "@/components/charts/types";
import type { Breakdown, Percentile } from "./metrics-search";

/** Well and failed rows apart, where no breakdown says otherwise. */
export const BY_STATUS = "status";

/** A chart of the page: what it asks the server for and how it is drawn. */
export type ChartPlan = {
  id: string;
  title: string;
  asked: {
    metric: string;
    breakdown: Breakdown | typeof BY_STATUS;
    percentile?: Percentile;
    buckets: number;
    top: number;
  };
  unit: Unit;
  kind: "bars" | "lines";
  /** Of bars: the sum over the period stands beside the title. */
  hasTotal: boolean;
  /** Added to the query when a point leads to its rows. */
  condition?: string;
  isWide?: boolean;
  /** What to say when there is nothing to draw. */
  empty: string;
};

const BUCKETS = 60;
const TOP = 7;

/**
 * Whether a row may be in several groups at once: then the groups do not add up to the whole. Tokens
 * and costs of a trace's models are those of its spans, which have one each.
 */
function overlaps(entity: EntityType, by: Breakdown, metric: string): boolean {
  if (by === "tags") return true;
  const isMany = entity === "trace" && (by === "model" || by === "provider");
  return isMany && (metric === "count" || metric === "errors");
}

/** The charts of the page under a breakdown. Cost is by model where nothing else is asked for. */
export function chartPlans(entity: EntityType, by: Breakdown, percentile: Percentile): ChartPlan[] {
  return allPlans(entity, by, percentile).map((plan) =>
    plan.kind === "bars" && overlaps(entity, by, plan.asked.metric)
      ? { ...plan, kind: "lines", hasTotal: false }
      : plan,
  );
}

function allPlans(entity: EntityType, by: Breakdown, percentile: Percentile): ChartPlan[] {
  const ask = (metric: string, breakdown: Breakdown | typeof BY_STATUS = by, more = {}) => ({
    metric,
    breakdown,
    buckets: BUCKETS,
    top: TOP,
    ...more,
  });
  const noun = entity === "span" ? "Spans" : "Traces";
  const isBroken = by !== "none";
  const figure = isBroken ? `, ${percentile}` : "";
  const ranks = isBroken ? { percentile } : {};
  return [
    {
      id: "count",
      title: noun,
      asked: ask("count", isBroken ? by : BY_STATUS),
      unit: "count",
      kind: "bars",
      hasTotal: true,
      empty: `No ${noun.toLowerCase()} in this period`,
    },
    {
      id: "errors",
      title: "Errors",
      asked: ask("errors"),
      unit: "count",
      kind: "bars",
      hasTotal: true,
      condition: "status:error",
      empty: "No errors in this period",
    },
    {
      id: "error_rate",
      title: "Error rate",
      asked: ask("error_rate"),
      unit: "ratio",
      kind: "lines",
      hasTotal: false,
      condition: "status:error",
      empty: "No errors in this period",
    },
    {
      id: "duration",
      title: `Duration${figure}`,
      asked: ask("duration", by, ranks),
      unit: "duration",
      kind: "lines",
      hasTotal: false,
      empty: "Nothing has ended in this period",
    },
    {
      id: "ttft",
      title: `Time to first token${figure}`,
      asked: ask("ttft", by, ranks),
      unit: "duration",
      kind: "lines",
      hasTotal: false,
      condition: "ttft:*",
      empty: "No streamed answers in this period",
    },
    {
      id: "tokens",
      title: "Tokens",
      asked: ask("tokens"),
      unit: "count",
      kind: "bars",
      hasTotal: true,
      empty: "No token counts in this period",
    },
    {
      id: "cost",
      title: isBroken ? "Cost" : "Cost by model",
      asked: ask("cost", isBroken ? by : "model"),
      unit: "cost",
      kind: "bars",
      hasTotal: true,
      empty: "No costs in this period",
    },
    {
      id: "feedback_scores",
      title: "Scores, average",
      asked: ask("feedback_scores", "none", { top: 12 }),
      unit: "score",
      kind: "lines",
      hasTotal: false,
      isWide: true,
      empty: "No feedback scores in this period",
    },
  ];
}
