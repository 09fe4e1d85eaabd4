import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { DestinationTypes } from "./types";

/** The kinds of destinations with the inputs of their forms. */
export const destinationTypesQuery = () =>
  queryOptions({
    queryKey: ["broadcast", "types"],
    queryFn: ({ signal }) => get<DestinationTypes>("console/broadcast/types", undefined, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
