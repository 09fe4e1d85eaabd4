/** Opik's statistics of a list, as the second line of a table's header. */

import { formatCost, formatCount, formatDuration, formatScore } from "@/lib/format";

export type Stat = {
  name: string;
  type: "COUNT" | "AVG" | "PERCENTAGE";
  /** Null when there are no rows. */
  value: number | { p50: number; p90: number; p99: number } | null;
};
/** A short figure, and what is to be said of it at length. */
export type Figure = { short: string; long: string };

const averages: Record<string, string> = {
  span_count: "spans",
  llm_span_count: "LLM calls",
  number_of_messages: "messages",
  tags: "tags",
};

/** Returns the figures by id of column. */
export function figuresOf(stats: readonly Stat[]): Record<string, Figure> {
  const found: Record<string, Figure> = {};
  for (const { name, value } of stats) {
    if (value === null) continue;
    if (typeof value === "object") {
      if (name !== "duration") continue;
      const { p50, p90, p99 } = value;
      found.duration = {
        short: `p50 ${formatDuration(p50)}`,
        long: `p50 ${formatDuration(p50)} · p90 ${formatDuration(p90)} · p99 ${formatDuration(p99)}`,
      };
    } else if (name === "total_estimated_cost_sum") {
      const each = stats.find((s) => s.name === "total_estimated_cost")?.value;
      found.total_estimated_cost = {
        short: `Σ ${formatCost(value)}`,
        long: `${formatCost(value)} in all${typeof each === "number" ? `, ${formatCost(each)} on average` : ""}`,
      };
    } else if (name === "error_count") {
      found.error_info = {
        short: `${formatCount(value)} failed`,
        long: `${formatCount(value)} failed`,
      };
    } else if (name === "guardrails_failed_count") {
      found.guardrails = {
        short: `${formatCount(value)} failed`,
        long: `Guardrails failed in ${formatCount(value)}`,
      };
    } else if (name.startsWith("usage.")) {
      found[name] = { short: `avg ${formatCount(Math.round(value))}`, long: averageOf(value) };
    } else if (/^(span_)?feedback_scores\./.test(name)) {
      found[name] = { short: `avg ${formatScore(value)}`, long: averageOf(value) };
    } else if (name in averages && name !== "tags") {
      found[name] = {
        short: `avg ${formatScore(Math.round(value * 10) / 10)}`,
        long: `${formatScore(value)} ${averages[name]} on average`,
      };
    }
  }
  return found;
}

const averageOf = (value: number): string => `${formatScore(value)} on average`;
