import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { EntityDetail } from "@/api/types";

// A drawn graph is small; metadata that is longer is not searched for one.
const MOST = 262_144;

/** The metadata of a trace as an object; null if it is none, or too long. */
export const traceMetadataQuery = (id: string) =>
  queryOptions({
    queryKey: ["trace", id, "metadata"],
    queryFn: async ({ signal }): Promise<unknown> => {
      const found = await get<EntityDetail>(
        `console/traces/${encodeURIComponent(id)}`,
        { limit: MOST },
        signal,
      );
      const metadata = found.payloads.metadata;
      if (!metadata?.complete) return null;
      try {
        return JSON.parse(metadata.text);
      } catch {
        return null;
      }
    },
    staleTime: 60_000,
  });
