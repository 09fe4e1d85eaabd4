import { queryOptions } from "@tanstack/react-query";
import { del, get, patch, post } from "@/api/client";
import type { SavedView } from "@/api/types";

/** The views that the people of a project share, by name. */
export const viewsQuery = (projectId: string) =>
  queryOptions({
    queryKey: ["views", projectId],
    queryFn: async ({ signal }) =>
      (
        await get<{ content: SavedView[] }>(
          `console/projects/${projectId}/views`,
          undefined,
          signal,
        )
      ).content,
    staleTime: 30_000,
  });

type ViewBody = Pick<SavedView, "name" | "entity" | "state">;

/** Saves a view; the server refuses a name that the project has. */
export const createView = (projectId: string, { name, entity, state }: ViewBody) =>
  post<SavedView>(`console/projects/${projectId}/views`, { name, entity, state });

export const updateView = (id: string, change: Partial<Pick<ViewBody, "name" | "state">>) =>
  patch<SavedView>(`console/views/${id}`, change);

export const deleteView = (id: string) => del<null>(`console/views/${id}`);
