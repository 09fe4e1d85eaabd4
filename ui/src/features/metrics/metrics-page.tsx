import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { projectQuery } from "@/api/queries/projects";
import { ExploreBar } from "@/components/explore/explore-bar";
import { KpiStrip } from "@/components/explore/kpi-strip";
import { addCondition } from "@/components/explore/query/splice";
import { ServerWords } from "@/components/explore/server-words";
import { useConditions } from "@/components/explore/use-conditions";
import { Page } from "@/components/layout/page";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import { EmptyState } from "@/components/ui/states";
import { sliceOf } from "@/lib/slice";
import { MetricChart } from "./components/metric-chart";
import { chartPlans } from "./lib/charts";
import {
  BREAKDOWNS,
  type Breakdown,
  type MetricsSearch,
  PERCENTILES,
  readHidden,
  toggled,
  writeHidden,
} from "./lib/metrics-search";

/** The figures of a project over time, under the same query and period as its rows. */
export function MetricsPage({
  projectId,
  search,
  onChange,
}: {
  projectId: string;
  search: MetricsSearch;
  onChange: (patch: Partial<MetricsSearch>, how?: { replace?: boolean }) => void;
}) {
  const navigate = useNavigate();
  const project = useQuery(projectQuery(projectId));
  const entity = search.type ?? "trace";
  const by: Breakdown = search.by ?? "none";
  const percentile = search.p ?? "p50";
  const sliced = JSON.stringify(sliceOf(search, entity));
  // The same question is the same object: charts draw anew only for another one.
  const slice = useMemo(() => JSON.parse(sliced) as ReturnType<typeof sliceOf>, [sliced]);
  const plans = useMemo(() => chartPlans(entity, by, percentile), [entity, by, percentile]);
  const hidden = useMemo(() => readHidden(search.off), [search.off]);

  const { problem } = useConditions(entity, search.q ?? "");

  const onRange = useCallback((from: string, to: string) => onChange({ from, to }), [onChange]);
  const onReset = useCallback(
    () => (search.from || search.to) && onChange({ from: undefined, to: undefined }),
    [onChange, search.from, search.to],
  );
  const onToggle = useCallback(
    (name: string, all: readonly string[], only: boolean) =>
      onChange({ off: writeHidden(toggled(hidden, name, all, only)) }, { replace: true }),
    [onChange, hidden],
  );
  const onRows = useCallback(
    (conditions: string[], from: string, to: string) =>
      navigate({
        to: "/projects/$projectId/logs",
        params: { projectId },
        search: {
          type: search.type,
          q: conditions.reduce(addCondition, search.q ?? "") || undefined,
          range: search.range,
          hidden: search.hidden,
          from,
          to,
        },
      }),
    [navigate, projectId, search.type, search.q, search.range, search.hidden],
  );

  return (
    <Page
      title="Metrics"
      crumbs={
        project.data && (
          <span className="max-w-60 truncate text-muted-foreground">{project.data.name} /</span>
        )
      }
      actions={
        <Segmented
          label="What is counted"
          value={entity}
          options={[
            { value: "trace", label: "Traces" },
            { value: "span", label: "Spans" },
          ]}
          onChange={(value) =>
            onChange({
              type: value === "span" ? "span" : undefined,
              by: value !== "span" && search.by === "type" ? undefined : search.by,
            })
          }
        />
      }
    >
      <div className="top-0 z-20 border-b border-border bg-background px-3 py-2 md:sticky">
        <ExploreBar projectId={projectId} entity={entity} search={search} onChange={onChange} />
      </div>
      <div className="border-b border-border">
        <KpiStrip projectId={projectId} slice={slice} />
      </div>
      <div className="flex h-10 items-center gap-2 border-b border-border px-3">
        <Select
          label="Breakdown"
          value={by}
          options={BREAKDOWNS.filter((b) => b.value !== "type" || entity === "span")}
          onChange={(value) =>
            onChange({ by: value === "none" ? undefined : value, off: undefined })
          }
        />
        {by !== "none" && (
          <Segmented
            label="Percentile of durations"
            value={percentile}
            options={PERCENTILES.map((value) => ({ value, label: value }))}
            onChange={(value) => onChange({ p: value === "p50" ? undefined : value })}
          />
        )}
        <span className="ml-auto truncate text-sm text-muted-foreground max-md:hidden">
          Drag to zoom, double-click to go back, click for the rows behind a point
        </span>
      </div>
      {problem ? (
        <EmptyState title="The query cannot be read" className="py-16">
          <p className="mb-3">
            <ServerWords text={problem.detail} />
          </p>
          <Button onClick={() => onChange({ q: undefined })}>Clear the query</Button>
        </EmptyState>
      ) : (
        <div className="grid grid-cols-1 md:grid-cols-2 xl:grid-cols-3">
          {plans.map((plan) => (
            <MetricChart
              key={plan.id}
              projectId={projectId}
              slice={slice}
              plan={plan}
              hidden={hidden}
              onToggle={onToggle}
              onRange={onRange}
              onReset={onReset}
              onRows={onRows}
            />
          ))}
        </div>
      )}
    </Page>
  );
}
