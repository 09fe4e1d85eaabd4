import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { Day } from "./types";

const REFRESH_MS = 60_000;

/** Counts of each of the last days (UTC), oldest first; days without any are left out. */
export const daysQuery = (id: string, days: number) =>
  queryOptions({
    queryKey: ["broadcast", "days", id, days],
    queryFn: ({ signal }) =>
      get<{ content: Day[] }>(`console/broadcast/destinations/${id}/days`, { days }, signal),
    refetchInterval: REFRESH_MS,
    staleTime: REFRESH_MS,
  });
