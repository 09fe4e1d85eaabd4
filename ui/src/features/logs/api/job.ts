import { queryOptions } from "@tanstack/react-query";
import { del, get } from "@/api/client";
import type { Job } from "@/api/types";

export const isOver = (job: Job | undefined): boolean =>
  job !== undefined && job.state !== "waiting" && job.state !== "running";

/** A job, asked again until it is over. */
export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ["job", id],
    queryFn: ({ signal }) => get<Job>(`console/jobs/${id}`, undefined, signal),
    refetchInterval: ({ state }) => (isOver(state.data) || state.error ? false : 500),
  });

/** Stops a job; what it has done stays done. */
export const cancelJob = (id: string): Promise<Job> => del<Job>(`console/jobs/${id}`);
