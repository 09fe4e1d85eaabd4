import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";

// One letter is in every payload.
const LEAST = 2;

/** Ids of the spans with a text in their names, payloads, tags or model; `in_trace`: in the trace's own too. */
export const searchTraceQuery = (traceId: string, text: string) =>
  queryOptions({
    queryKey: ["trace", traceId, "search", text],
    queryFn: ({ signal }) =>
      get<{ span_ids: string[]; in_trace: boolean }>(
        `console/traces/${encodeURIComponent(traceId)}/search`,
        { text },
        signal,
      ),
    enabled: text.length >= LEAST,
    staleTime: 60_000,
  });
