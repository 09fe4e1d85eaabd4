import { ApiError } from "@/api/errors";

/** Whether a request failed because the query does not read: the query's own field says that once. */
export const isQueryError = (error: unknown): boolean =>
  error instanceof ApiError && error.at !== undefined;
