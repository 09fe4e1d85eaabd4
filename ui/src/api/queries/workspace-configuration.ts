import { queryOptions } from "@tanstack/react-query";
import { get, put } from "@/api/client";

export type WorkspaceConfiguration = {
  /** ISO 8601 duration. */
  timeout_to_mark_thread_as_inactive: string | null;
  truncation_on_tables: boolean | null;
  color_map: Record<string, string> | null;
};

/** What holds in the workspace; nulls where it keeps to the defaults. */
export const configurationQuery = () =>
  queryOptions({
    queryKey: ["workspace-configuration"],
    queryFn: ({ signal }) => get<WorkspaceConfiguration>("console/preferences", undefined, signal),
    staleTime: 60_000,
  });

export const saveConfiguration = (to: WorkspaceConfiguration): Promise<WorkspaceConfiguration> =>
  put("v1/private/workspaces/configurations", to);
