import { queryOptions } from "@tanstack/react-query";
import { del, get, post, put } from "@/api/client";
import type { FeedbackDefinition, Page } from "@/api/types";

export type DefinitionDraft = Pick<FeedbackDefinition, "name" | "description" | "type" | "details">;

export const definitionsQuery = () =>
  queryOptions({
    queryKey: ["feedback-definitions"],
    queryFn: ({ signal }) =>
      get<Page<FeedbackDefinition>>("v1/private/feedback-definitions", { size: 500 }, signal),
  });

export const saveDefinition = (id: string | undefined, draft: DefinitionDraft): Promise<null> =>
  id
    ? put<null>(`v1/private/feedback-definitions/${id}`, draft)
    : post<null>("v1/private/feedback-definitions", draft);

export const deleteDefinition = (id: string): Promise<null> =>
  del<null>(`v1/private/feedback-definitions/${id}`);
