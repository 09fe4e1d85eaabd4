import { put } from "@/api/client";

/** Opens a thread again, or closes it until its next trace. */
export const setThreadStatus = (
  projectId: string,
  threadId: string,
  status: "open" | "close",
): Promise<null> =>
  put<null>(`v1/private/traces/threads/${status}`, { project_id: projectId, thread_id: threadId });
