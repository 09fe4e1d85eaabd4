import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/api/errors";

/** One policy for all requests: an answer of the server is final, silence is asked again twice. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status < 500),
    },
  },
});
