import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import { ApiError } from "@/api/errors";

const TRIES = 10;
const WAIT_MS = 600;

/** Whether a call is in the store: soon after it has ended, or never if it was refused at the door. */
export const storedQuery = (generationId: string) =>
  queryOptions({
    queryKey: ["playground", "stored", generationId],
    queryFn: async ({ signal }) => {
      // Calls are stored in groups: a look at once would find nothing.
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      await get<unknown>("v1/generation", { id: generationId }, signal);
      return true;
    },
    retry: (count, error) => error instanceof ApiError && error.status === 404 && count < TRIES,
    retryDelay: WAIT_MS,
    staleTime: Number.POSITIVE_INFINITY,
  });
