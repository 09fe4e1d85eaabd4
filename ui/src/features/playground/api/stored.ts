import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import { ApiError } from "@/api/errors";

const TRIES = 12;
const WAIT_MS = 400;

/** Whether a call is in the store: soon after it has ended, or never if it was refused at the door. */
export const storedQuery = (generationId: string) =>
  queryOptions({
    queryKey: ["playground", "stored", generationId],
    queryFn: async ({ signal }) => {
      await get<unknown>("v1/generation", { id: generationId }, signal);
      return true;
    },
    retry: (count, error) => error instanceof ApiError && error.status === 404 && count < TRIES,
    retryDelay: WAIT_MS,
    staleTime: Number.POSITIVE_INFINITY,
  });
