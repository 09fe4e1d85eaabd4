import { useQuery } from "@tanstack/react-query";
import { messageOf } from "@/api/errors";
import { summaryQuery } from "@/api/queries/slice";
import type { EntityType, Figures } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { formatCost, formatCount, formatDuration, formatNumber, formatPercent } from "@/lib/format";
import type { Slice } from "@/lib/slice";
import { type Delta, deltaOf } from "./delta";
import { isQueryError } from "./query-error";

type Kpi = {
  name: keyof Figures;
  label: string;
  format: (value: number | null | undefined) => string;
  /** Written out, where the short form hides digits. */
  exact?: (value: number | null | undefined) => string;
  /** What a rise means; most figures just are. */
  rise?: "bad";
  isRate?: boolean;
};

const NOUNS: Record<EntityType, string> = { trace: "Traces", span: "Spans", thread: "Threads" };
const kpis = (entity: EntityType): Kpi[] => [
  { name: "count", label: NOUNS[entity], format: formatCount, exact: formatNumber },
  { name: "error_rate", label: "Error rate", format: formatPercent, rise: "bad", isRate: true },
  { name: "duration_p50", label: "p50", format: formatDuration, rise: "bad" },
  { name: "duration_p99", label: "p99", format: formatDuration, rise: "bad" },
  { name: "total_cost", label: "Cost", format: formatCost },
  { name: "total_tokens", label: "Tokens", format: formatCount, exact: formatNumber },
];

/** The figures of a slice beside those of the period before. */
export function KpiStrip({ projectId, slice }: { projectId: string; slice: Slice }) {
  const { data, error, isPlaceholderData, refetch } = useQuery(summaryQuery(projectId, slice));
  const isUnread = isQueryError(error);
  if (error && !data && !isUnread)
    return (
      <div role="alert" className="flex h-12 items-center gap-3 px-3 text-sm">
        <span className="min-w-0 truncate text-danger">{messageOf(error)}</span>
        <Button size="sm" onClick={() => refetch()}>
          Try again
        </Button>
      </div>
    );
  return (
    <dl
      aria-label="Figures of these rows"
      aria-busy={(!data && !isUnread) || isPlaceholderData}
      className="m-0 grid grid-cols-6 divide-x divide-border max-md:grid-cols-3"
    >
      {kpis(slice.entity).map((kpi) => {
        const value = data?.[kpi.name];
        const delta = data?.previous
          ? deltaOf(value, data.previous[kpi.name], kpi.isRate)
          : undefined;
        return (
          <div key={kpi.name} className="flex h-12 min-w-0 flex-col justify-center px-3">
            <dt className="truncate text-xs text-muted-foreground">{kpi.label}</dt>
            <dd className="m-0 flex items-baseline gap-2">
              {data || isUnread ? (
                <span
                  className="tabular truncate text-lg font-semibold"
                  title={(kpi.exact ?? kpi.format)(value)}
                >
                  {kpi.format(value)}
                </span>
              ) : (
                <Skeleton className="my-[5px] w-14" />
              )}
              {delta && (
                <DeltaMark
                  delta={delta}
                  isBad={kpi.rise === "bad"}
                  before={kpi.format(data?.previous?.[kpi.name])}
                />
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function DeltaMark({ delta, isBad, before }: { delta: Delta; isBad: boolean; before: string }) {
  const tone =
    !isBad || !delta.isNotable ? "" : delta.direction > 0 ? "text-danger" : "text-success";
  return (
    <span
      className={cn("tabular truncate text-sm text-muted-foreground", tone)}
      title={`${before} in the period before`}
    >
      <span className="sr-only">{`${delta.words}; ${before} in the period before`}</span>
      <span aria-hidden>{delta.text}</span>
    </span>
  );
}
