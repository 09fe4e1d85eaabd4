import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { TraceTree } from "@/api/types";

const RUNNING_MS = 2000;
// What has run for longer than this has likely been given up without an end: looked at less often.
const LONG_MS = 3_600_000;
const LONG_RUNNING_MS = 15_000;

/** A trace with its spans in columns, without payloads; asked again while it runs. */
export const traceTreeQuery = (id: string) =>
  queryOptions({
    queryKey: ["trace", id, "tree"],
    queryFn: ({ signal }) =>
      get<TraceTree>(`console/traces/${encodeURIComponent(id)}/tree`, undefined, signal),
    // Comparing tens of thousands of values to save a new tree costs more than the tree.
    structuralSharing: false,
    refetchInterval: ({ state }) => {
      const trace = state.data?.trace;
      if (!trace?.is_running) return false;
      return Date.now() - Date.parse(trace.start_time) > LONG_MS ? LONG_RUNNING_MS : RUNNING_MS;
    },
  });
