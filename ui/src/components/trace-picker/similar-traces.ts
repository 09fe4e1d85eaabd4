import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { ErrorInfo, Row, Rows } from "@/api/types";

export type TraceChoice = Row & {
  name: string;
  duration: number | null;
  total_estimated_cost: number | null;
  usage: Record<string, number> | null;
  error_info: ErrorInfo | null;
  tags: string[] | null;
};

const SHOWN = 30;

/** Recent traces of a project that a query finds, for choosing one of them. */
export const traceChoicesQuery = (projectId: string, query: string) =>
  queryOptions({
    queryKey: ["slice", projectId, "trace-choices", query],
    queryFn: async ({ signal }): Promise<TraceChoice[]> => {
      const found = await get<Rows>(
        `console/projects/${encodeURIComponent(projectId)}/rows`,
        {
          entity: "trace",
          query,
          columns: "name,duration,total_estimated_cost,usage,error_info,tags",
          sort: "-start_time",
          limit: SHOWN,
          include_hidden: true,
        },
        signal,
      );
      return found.rows as TraceChoice[];
    },
    placeholderData: keepPreviousData,
  });
