import { createFileRoute, redirect } from "@tanstack/react-router";
import { traceTreeQuery } from "@/api/queries/trace-tree";

/** A trace by its id alone: finds its project, and opens it there. */
export const Route = createFileRoute("/_app/traces/$traceId")({
  loader: async ({ params, context }) => {
    const { trace } = await context.queryClient.ensureQueryData(traceTreeQuery(params.traceId));
    throw redirect({
      to: "/projects/$projectId/logs",
      params: { projectId: trace.project_id },
      // It may be old, or an experiment's: the table below must not leave it out.
      search: { range: "all", trace: trace.id },
      replace: true,
    });
  },
});
