import { queryOptions } from "@tanstack/react-query";
import { post } from "@/api/client";
import type { Comment, FeedbackScore } from "@/api/types";

export type ThreadDetail = {
  id: string;
  project_id: string;
  thread_model_id: string;
  start_time: string;
  end_time?: string;
  duration?: number;
  status: "active" | "inactive";
  number_of_messages: number;
  total_estimated_cost?: number;
  usage?: Record<string, number>;
  feedback_scores?: FeedbackScore[];
  comments?: Comment[];
  tags?: string[];
  environment?: string;
  created_by: string;
};

const ACTIVE_MS = 5000;

/** A thread with its figures, scores and comments; asked again while it is active. */
export const threadQuery = (projectId: string, threadId: string) =>
  queryOptions({
    queryKey: ["thread", projectId, threadId, "head"],
    queryFn: () =>
      post<ThreadDetail>("v1/private/traces/threads/retrieve", {
        project_id: projectId,
        thread_id: threadId,
        truncate: true,
      }),
    refetchInterval: ({ state }) => (state.data?.status === "active" ? ACTIVE_MS : false),
  });
