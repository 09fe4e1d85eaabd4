import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Chart } from "@/components/charts/chart";
import { colorsOf } from "@/components/charts/colors";
import { Legend } from "@/components/charts/legend";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/states";
import { useEvent } from "@/hooks/use-event";
import { formatNumber } from "@/lib/format";
import { daysQuery } from "../api/days";
import type { Destination } from "../api/types";
import { chartOf, filledDays } from "../lib/days";
import { PERIODS } from "../lib/search";
import { Figures } from "./figures";

const HEIGHT = 200;
type Period = (typeof PERIODS)[number];
const OPTIONS = PERIODS.map((days) => ({
  value: String(days),
  label: `${days} d`,
  title: `${days} days`,
}));

/** Figures, and what became of the calls of each day. A day, or some, lead to their replay. */
export function ActivityTab({
  destination,
  days,
  onDays,
  onPeriod,
}: {
  destination: Destination;
  days: Period;
  onDays: (days: Period) => void;
  onPeriod: (from: string, to: string) => void;
}) {
  const ledger = useQuery(daysQuery(destination.id, days));
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const data = useMemo(
    () => (ledger.data ? chartOf(filledDays(ledger.data.content, days, Date.now())) : undefined),
    [ledger.data, days],
  );
  const toPeriod = useEvent(onPeriod);
  const toPoint = useEvent((point: { from: string; to: string }) => onPeriod(point.from, point.to));
  const stay = useEvent(() => {});
  const names = data?.series.map((one) => one.name) ?? [];
  return (
    <div className="flex flex-col gap-5 p-4">
      <Figures destination={destination} />
      <section aria-label="Days" className="flex max-w-5xl min-w-0 flex-col gap-1">
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="font-semibold">Calls a day</h2>
          {data && (
            <Legend
              label="Series"
              items={data.series.map((one) => ({
                name: one.name,
                label: one.label,
                value: formatNumber(one.values.reduce<number>((sum, n) => sum + (n ?? 0), 0)),
              }))}
              hidden={hidden}
              colors={colorsOf(names)}
              onToggle={(name, only) =>
                setHidden((now) => {
                  if (only) return new Set(names.filter((one) => one !== name));
                  const next = new Set(now);
                  if (!next.delete(name)) next.add(name);
                  return next;
                })
              }
            />
          )}
          <Segmented
            label="Period of the chart"
            value={String(days)}
            options={OPTIONS}
            onChange={(value) => onDays(PERIODS.find((one) => String(one) === value) ?? days)}
            className="ml-auto"
          />
        </div>
        {ledger.isError && !data ? (
          <ErrorState error={ledger.error} onRetry={ledger.refetch} />
        ) : data ? (
          <Chart
            label={`Calls a day, ${days} days`}
            data={data}
            kind="bars"
            height={HEIGHT}
            hidden={hidden}
            syncKey="broadcast-days"
            onRange={toPeriod}
            onReset={stay}
            onPoint={toPoint}
          />
        ) : (
          <div style={{ height: HEIGHT }} className="flex items-end pb-5">
            <Skeleton className="h-1/2 w-full" />
          </div>
        )}
        <p className="text-sm text-muted-foreground">
          Days begin at midnight UTC. Click a day, or drag over several, to send its calls again.
        </p>
      </section>
    </div>
  );
}
