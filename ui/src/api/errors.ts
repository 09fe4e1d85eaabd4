/** What a request failed with, in the words of the server. */
export class ApiError extends Error {
  readonly status: number;
  readonly hint: string | undefined;
  /** Character offsets in a query that does not parse. */
  readonly at: number | undefined;
  readonly end: number | undefined;

  constructor(
    status: number,
    message: string,
    more: { hint?: string; at?: number; end?: number } = {},
  ) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.hint = more.hint;
    this.at = more.at;
    this.end = more.end;
  }
}

/** Returns a sentence for people, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError)
    return error.hint ? `${error.message}. ${error.hint}` : error.message;
  if (error instanceof TypeError) return "The server does not answer. Is it running?";
  return error instanceof Error ? error.message : String(error);
}
