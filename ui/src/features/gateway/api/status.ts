import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { Status } from "./types";

/** The operator's file, and what the workspace has. */
export const statusQuery = () =>
  queryOptions({
    queryKey: ["gateway", "status"],
    queryFn: ({ signal }) => get<Status>("console/gateway", undefined, signal),
  });
