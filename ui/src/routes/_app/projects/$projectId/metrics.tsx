import { createFileRoute } from "@tanstack/react-router";
import { useCallback } from "react";
import { type MetricsSearch, readMetricsSearch } from "@/features/metrics/lib/metrics-search";
import { MetricsPage } from "@/features/metrics/metrics-page";

export const Route = createFileRoute("/_app/projects/$projectId/metrics")({
  validateSearch: readMetricsSearch,
  component: Metrics,
});

function Metrics() {
  const { projectId } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const onChange = useCallback(
    (patch: Partial<MetricsSearch>, how?: { replace?: boolean }) =>
      navigate({ search: (now) => ({ ...now, ...patch }), replace: how?.replace ?? false }),
    [navigate],
  );
  return <MetricsPage key={projectId} projectId={projectId} search={search} onChange={onChange} />;
}
