import { createFileRoute, redirect } from "@tanstack/react-router";
import { get } from "@/api/client";
import type { EntityDetail } from "@/api/types";

/** Finds a span's trace, and shows it there. */
export const Route = createFileRoute("/_app/spans/$spanId")({
  loader: async ({ params, abortController }) => {
    const span = await get<EntityDetail>(
      `console/spans/${encodeURIComponent(params.spanId)}`,
      { limit: 1 },
      abortController.signal,
    );
    throw redirect({
      to: "/projects/$projectId/logs",
      params: { projectId: span.project_id },
      search: {
        range: "all",
        trace: span.trace_id,
        span: span.id,
        // Else its row would not be among those behind the panel.
        ...(span.source === "playground" ? { hidden: true } : {}),
      },
      replace: true,
    });
  },
});
