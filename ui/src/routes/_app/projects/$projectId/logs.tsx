import { createFileRoute } from "@tanstack/react-router";
import { lazy } from "react";
import { readLogsSearch } from "@/features/logs/lib/logs-search";
import { LogsPage } from "@/features/logs/logs-page";

const TracePanel = lazy(async () => ({
  default: (await import("@/features/traces/trace-panel")).TracePanel,
}));
const ThreadPanel = lazy(async () => ({
  default: (await import("@/features/threads/thread-panel")).ThreadPanel,
}));

export const Route = createFileRoute("/_app/projects/$projectId/logs")({
  validateSearch: readLogsSearch,
  component: Logs,
});

function Logs() {
  const { projectId } = Route.useParams();
  const search = Route.useSearch();
  return (
    <LogsPage key={projectId} projectId={projectId} search={search}>
      {(panel) => {
        const props = { ...panel, projectId };
        if (search.trace) return <TracePanel {...props} traceId={search.trace} />;
        return search.thread ? <ThreadPanel {...props} threadId={search.thread} /> : null;
      }}
    </LogsPage>
  );
}
