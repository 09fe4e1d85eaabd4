import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { Page } from "@/api/types";

/** USD per million tokens; absent where the price list says nothing. */
export type Price = {
  provider: string;
  model: string;
  input?: number | null;
  output?: number | null;
  cache_read?: number | null;
  cache_write?: number | null;
};
export const PAGE_SIZE = 100;

export const pricesQuery = (search: string | undefined, page: number) =>
  queryOptions({
    queryKey: ["prices", search, page],
    queryFn: ({ signal }) =>
      get<Page<Price>>("console/prices", { search, page, size: PAGE_SIZE }, signal),
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
  });
