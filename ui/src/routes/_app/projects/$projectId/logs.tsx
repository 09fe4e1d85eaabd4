import { createFileRoute } from "@tanstack/react-router";
import { readLogsSearch } from "@/features/logs/lib/logs-search";
import { LogsPage } from "@/features/logs/logs-page";
import { ThreadPanel } from "@/features/threads/thread-panel";
import { TracePanel } from "@/features/traces/trace-panel";

export const Route = createFileRoute("/_app/projects/$projectId/logs")({
  validateSearch: readLogsSearch,
  component: Logs,
});

function Logs() {
  const { projectId } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <LogsPage
      key={projectId}
      projectId={projectId}
      search={search}
      onChange={(patch, how) =>
        navigate({
          search: (now) => ({ ...now, ...patch }),
          replace: how?.replace ?? false,
          resetScroll: false,
        })
      }
      renderPanel={(controls) =>
        search.trace ? (
          <TracePanel projectId={projectId} traceId={search.trace} {...controls} />
        ) : search.thread ? (
          <ThreadPanel projectId={projectId} threadId={search.thread} {...controls} />
        ) : null
      }
    />
  );
}
