import { queryOptions } from "@tanstack/react-query";
import { del, get } from "@/api/client";

export type Contents = {
  traces: number;
  spans: number;
  threads: number;
  feedback_scores: number;
  comments: number;
  attachments: number;
};

/** What a delete would take along. */
export const contentsQuery = (id: string) =>
  queryOptions({
    queryKey: ["project-contents", id],
    queryFn: ({ signal }) => get<Contents>(`console/projects/${id}/contents`, undefined, signal),
    staleTime: 0,
  });

export const deleteProject = (id: string): Promise<null> => del<null>(`v1/private/projects/${id}`);
