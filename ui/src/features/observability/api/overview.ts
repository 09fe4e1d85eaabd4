import { queryOptions } from "@tanstack/react-query";
import { get, put } from "@/api/client";
import type { Overview } from "./types";

const REFRESH_MS = 4000;

/** All destinations with how they are; asked again while the page is looked at. */
export const overviewQuery = () =>
  queryOptions({
    queryKey: ["broadcast", "overview"],
    queryFn: ({ signal }) => get<Overview>("console/broadcast", undefined, signal),
    refetchInterval: REFRESH_MS,
    refetchOnWindowFocus: true,
  });

/** The workspace's switch; destinations keep their own. */
export const switchBroadcast = (on: boolean): Promise<Overview> =>
  put<Overview>("console/broadcast", { on });
