import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { EntityDetail } from "@/api/types";

const RUNNING_MS = 3000;
// What has run for longer than this has likely been given up without an end: looked at less often.
const LONG_MS = 3_600_000;
const LONG_RUNNING_MS = 30_000;

/** All that is known of a trace or span, its payloads cut; asked again while it runs. */
export const entityDetailQuery = (kind: "trace" | "span", id: string) =>
  queryOptions({
    queryKey: [kind, id, "detail"],
    queryFn: ({ signal }) =>
      get<EntityDetail>(`console/${kind}s/${encodeURIComponent(id)}`, undefined, signal),
    refetchInterval: ({ state }) => {
      if (!state.data?.is_running) return false;
      const age = Date.now() - Date.parse(state.data.start_time);
      return age > LONG_MS ? LONG_RUNNING_MS : RUNNING_MS;
    },
  });

/** Where the whole of a payload is. */
export const payloadPath = (kind: "trace" | "span", id: string, name: string): string =>
  `console/${kind}s/${encodeURIComponent(id)}/payload/${name}`;
