import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { Page } from "@/api/types";
import type { Failure } from "./types";

export const FAILURES_PAGE = 50;

/** What a destination refused, newest first. */
export const failuresQuery = (id: string, page: number) =>
  queryOptions({
    queryKey: ["broadcast", "failures", id, page],
    queryFn: ({ signal }) =>
      get<Page<Failure>>(
        `console/broadcast/destinations/${id}/failures`,
        { page, size: FAILURES_PAGE },
        signal,
      ),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
