import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { Session } from "@/api/types";

/** Who is asking, and of which server. */
export const sessionQuery = () =>
  queryOptions({
    queryKey: ["session"],
    queryFn: ({ signal }) => get<Session>("console/session", undefined, signal),
    staleTime: 60_000,
  });
