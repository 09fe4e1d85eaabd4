import { queryOptions } from "@tanstack/react-query";
import { get, post } from "@/api/client";

export type Demo = {
  state: "idle" | "running" | "done" | "failed";
  sent: number;
  total: number | null;
  error: string | null;
};

/** How far the demo traffic has come; asked twice a second while it runs. */
export const demoQuery = () =>
  queryOptions({
    queryKey: ["demo"],
    queryFn: ({ signal }) => get<Demo>("console/demo", undefined, signal),
    refetchInterval: (query) => (query.state.data?.state === "running" ? 500 : false),
    staleTime: 0,
  });

export const startDemo = (): Promise<Demo> => post<Demo>("console/demo");
