/** The ledger by day, as sparklines and charts take it. */

import type { ChartData } from "@/components/charts/types";
import type { Counts, Day } from "../api/types";

export const DAY_MS = 86_400_000;
const NONE: Counts = {
  queued: 0,
  delivered: 0,
  retried: 0,
  failed: 0,
  dropped: 0,
  dropped_backlog: 0,
  dropped_age: 0,
  dropped_lost: 0,
  replayed: 0,
};

/** Returns each of the last days (UTC) up to today, those without counts too. */
export function filledDays(days: readonly Day[], length: number, now: number): Day[] {
  const byDay = new Map(days.map((day) => [day.day, day]));
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  return Array.from({ length }, (_, i) => {
    const day = new Date(today - (length - 1 - i) * DAY_MS).toISOString().slice(0, 10);
    return byDay.get(day) ?? { ...NONE, day };
  });
}

/** What became of the calls of each day. */
export const chartOf = (days: readonly Day[]): ChartData => ({
  times: days.map((day) => Date.parse(day.day)),
  step: DAY_MS,
  unit: "count",
  series: [
    { name: "ok", label: "Delivered", values: days.map((day) => day.delivered) },
    { name: "error", label: "Failed", values: days.map((day) => day.failed) },
    { name: "other", label: "Dropped", values: days.map((day) => day.dropped) },
  ],
});
