import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { FeedbackDefinition, Page } from "@/api/types";

/** Which scores people may give. */
export const feedbackDefinitionsQuery = () =>
  queryOptions({
    queryKey: ["feedback-definitions"],
    queryFn: ({ signal }) =>
      get<Page<FeedbackDefinition>>("v1/private/feedback-definitions", { size: 500 }, signal),
    staleTime: 60_000,
  });
