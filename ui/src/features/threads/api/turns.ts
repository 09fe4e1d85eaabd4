import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { ErrorInfo, Row, Rows } from "@/api/types";

/** Turns that one request brings. */
export const PAGE = 50;
/** Characters of a payload that come with a turn; what is longer is read when the turn is on screen. */
export const PREVIEW = 10_000;

const COLUMNS = [
  "name",
  "start_time",
  "end_time",
  "duration",
  "input",
  "output",
  "error_info",
  "total_estimated_cost",
  "usage.total_tokens",
  "feedback_scores",
  "comments",
  "thread_id",
];

/** A trace as a turn of its thread; payloads are JSON text, maybe cut. */
export type Turn = Row & {
  name?: string | null;
  end_time?: string | null;
  duration?: number | null;
  input?: string | null;
  output?: string | null;
  error_info?: ErrorInfo | null;
  total_estimated_cost?: number | null;
  "usage.total_tokens"?: number | null;
  feedback_scores?: Record<string, number> | null;
  comments?: number | null;
  thread_id?: string | null;
};

/**
 * A page of turns, the oldest first. `count` is how many there are by now: a full page stays as it is,
 * the last one is asked again when it has grown.
 */
export const turnsQuery = (projectId: string, threadId: string, page: number, count: number) =>
  queryOptions({
    queryKey: ["thread", projectId, threadId, "turns", page, Math.min(PAGE, count - page * PAGE)],
    queryFn: async ({ signal }) => {
      const found = await get<Rows>(
        `console/projects/${projectId}/rows`,
        {
          entity: "trace",
          query: `thread_id:"${threadId.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
          include_hidden: true,
          columns: COLUMNS,
          sort: "start_time",
          limit: PAGE,
          offset: page * PAGE,
          preview: PREVIEW,
        },
        signal,
      );
      // The query takes upper and lower case for the same; ids do not.
      return (found.rows as Turn[]).filter((turn) => turn.thread_id === threadId);
    },
  });
