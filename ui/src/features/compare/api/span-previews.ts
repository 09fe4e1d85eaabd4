import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { Rows } from "@/api/types";
import type { Previews } from "../differences";

// Reading the texts of more spans than this only to mark those that differ takes too long.
export const MOST_PREVIEWED = 300;
const CHARACTERS = 2000;

/** How input and output of each span of a trace begin. */
export const spanPreviewsQuery = (projectId: string, traceId: string, spans: number) =>
  queryOptions({
    queryKey: ["trace", traceId, "previews", spans],
    queryFn: async ({ signal }): Promise<Previews> => {
      const found = await get<Rows>(
        `console/projects/${encodeURIComponent(projectId)}/rows`,
        {
          entity: "span",
          query: `trace_id:${traceId}`,
          columns: "input,output",
          preview: CHARACTERS,
          limit: MOST_PREVIEWED,
          include_hidden: true,
        },
        signal,
      );
      const text = (value: unknown) =>
        typeof value === "string" ? value : JSON.stringify(value ?? null);
      return new Map(
        found.rows.map((row) => [row.id, { input: text(row.input), output: text(row.output) }]),
      );
    },
    enabled: spans > 0 && spans <= MOST_PREVIEWED,
    staleTime: 60_000,
  });
