import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { EntityType } from "@/api/types";
import { andQuery, type Slice } from "@/lib/slice";
import type { Stat } from "../lib/statistics";

const PATHS: Record<EntityType, string> = {
  trace: "v1/private/traces/stats",
  span: "v1/private/spans/stats",
  thread: "v1/private/traces/threads/stats",
};
/** What the rows leave out by default, as the query language says it: Opik's face knows no such default. */
const NOT_HIDDEN = "-source:(experiment, playground, optimization, evaluator)";

/** Statistics of the rows that a slice has, column by column. */
export const statsQuery = (projectId: string, slice: Slice) =>
  queryOptions({
    queryKey: ["slice", projectId, "stats", slice],
    queryFn: async ({ signal }) => {
      const { entity, query, from, to, hidden } = slice;
      const params = {
        project_id: projectId,
        query: hidden || entity === "thread" ? query : andQuery(query, NOT_HIDDEN),
        from_time: from,
        to_time: to,
      };
      return (await get<{ stats: Stat[] }>(PATHS[entity], params, signal)).stats;
    },
    placeholderData: keepPreviousData,
  });
