import { createFileRoute } from "@tanstack/react-router";
import { useEffect } from "react";
import { traceTreeQuery } from "@/api/queries/trace-tree";
import { readLogsSearch } from "@/features/logs/lib/logs-search";
import { LogsPage } from "@/features/logs/logs-page";
import { Deferred, deferred } from "@/lib/deferred";
import { whenIdle } from "@/lib/idle";

const trace = deferred(async () => (await import("@/features/traces/trace-panel")).TracePanel);
const thread = deferred(async () => (await import("@/features/threads/thread-panel")).ThreadPanel);

export const Route = createFileRoute("/_app/projects/$projectId/logs")({
  validateSearch: readLogsSearch,
  // The spans of a trace are asked for while its panel is still on its way; the panel says what failed.
  beforeLoad: ({ context, search }) => {
    if (search.trace)
      context.queryClient.ensureQueryData(traceTreeQuery(search.trace)).catch(() => {});
  },
  component: Logs,
});

function Logs() {
  const { projectId } = Route.useParams();
  const search = Route.useSearch();
  const isThreads = search.type === "thread";
  // What a click on a row will need, once the page has nothing else to do.
  useEffect(
    () => whenIdle(() => void (isThreads ? thread : trace).load().catch(() => {})),
    [isThreads],
  );
  return (
    <LogsPage key={projectId} projectId={projectId} search={search}>
      {(panel) => {
        const props = { ...panel, projectId };
        if (search.trace)
          return <Deferred key="trace" code={trace} props={{ ...props, traceId: search.trace }} />;
        return search.thread ? (
          <Deferred key="thread" code={thread} props={{ ...props, threadId: search.thread }} />
        ) : null;
      }}
    </LogsPage>
  );
}
