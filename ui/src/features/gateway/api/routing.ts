import { queryOptions } from "@tanstack/react-query";
import { get, put } from "@/api/client";
import type { Routing, RoutingAnswer } from "./types";

/** What the workspace says of routing, and what holds with the operator's file. */
export const routingQuery = () =>
  queryOptions({
    queryKey: ["gateway", "routing"],
    queryFn: ({ signal }) => get<RoutingAnswer>("console/gateway/routing", undefined, signal),
  });

/** What is left out is as in the operator's file. */
export const setRouting = (own: Partial<Routing>): Promise<RoutingAnswer> =>
  put<RoutingAnswer>("console/gateway/routing", own);
