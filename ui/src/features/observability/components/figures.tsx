import { useNow } from "@/hooks/use-now";
import { cn } from "@/lib/cn";
import { formatAgo, formatBytes, formatNumber, formatTime } from "@/lib/format";
import type { Destination } from "../api/types";
import { lagText } from "../lib/waits";

type Figure = { label: string; value: string; note?: string; title?: string; isBad?: boolean };

/** What became of the calls, all time, and what waits now. */
export function Figures({ destination: one }: { destination: Destination }) {
  const now = useNow(1000);
  const { counts } = one;
  const dropped = [
    [counts.dropped_backlog, "too many waited"],
    [counts.dropped_age, "waited too long"],
    [counts.dropped_lost, "no longer kept"],
  ]
    .filter(([n]) => n)
    .map(([n, why]) => `${formatNumber(n as number)} ${why}`);
  const figures: Figure[] = [
    {
      label: "Delivered",
      value: formatNumber(counts.delivered),
      note: one.last_delivered_at ? `last ${formatAgo(one.last_delivered_at, now)}` : "none yet",
      title: formatTime(one.last_delivered_at),
    },
    {
      label: "Waiting",
      value: formatNumber(one.waiting),
      note: one.waiting ? formatBytes(one.waiting_bytes) : "",
    },
    {
      label: "Lag",
      value: lagText(one.lag_s),
      note: one.lag_s === null ? "nothing waits" : "age of the oldest",
    },
    { label: "Retried", value: formatNumber(counts.retried), note: "calls tried again" },
    {
      label: "Failed",
      value: formatNumber(counts.failed),
      note: one.last_failed_at ? `last ${formatAgo(one.last_failed_at, now)}` : "",
      title: formatTime(one.last_failed_at),
      isBad: counts.failed > 0,
    },
    {
      label: "Dropped",
      value: formatNumber(counts.dropped),
      note: dropped.join(", "),
      isBad: counts.dropped > 0,
    },
    { label: "Sent again", value: formatNumber(counts.replayed), note: "by replays" },
  ];
  return (
    <dl
      aria-label="Figures"
      className="m-0 grid grid-cols-[repeat(auto-fit,minmax(8rem,1fr))] gap-x-4 gap-y-3"
    >
      {figures.map((figure) => (
        <div key={figure.label} className="min-w-0" title={figure.title}>
          <dt className="text-sm text-muted-foreground">{figure.label}</dt>
          <dd className={cn("m-0 text-xl font-semibold tabular", figure.isBad && "text-danger")}>
            {figure.value}
            <span className="block text-sm leading-4 font-normal text-muted-foreground">
              {figure.note}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
