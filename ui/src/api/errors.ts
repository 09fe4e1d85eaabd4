/** What a request failed with, in the words of the server. */
export class ApiError extends Error {
  readonly status: number;
  readonly hint: string | undefined;
  /** Character offsets in a query that does not parse. */
  readonly at: number | undefined;
  readonly end: number | undefined;
  /** What is wrong with which field, each beginning with its path: `config.apiKey is required`. */
  readonly fields: readonly string[];
  /** The whole answer, for the few that say more. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Of a failed call to a model: the id under which it was logged. */
  readonly generationId: string | undefined;

  constructor(
    status: number,
    message: string,
    more: {
      hint?: string;
      at?: number;
      end?: number;
      fields?: readonly string[];
      body?: Record<string, unknown>;
      generationId?: string;
    } = {},
  ) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.hint = more.hint;
    this.at = more.at;
    this.end = more.end;
    this.fields = more.fields ?? [];
    this.body = more.body ?? {};
    this.generationId = more.generationId;
  }
}

/** Returns a sentence for people, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError)
    return error.hint ? `${error.message}. ${error.hint}` : error.message;
  // A page that was opened before an update asks for files that are gone.
  if (
    error instanceof Error &&
    /dynamically imported module|Importing a module/.test(error.message)
  )
    return "Sightline was updated. Load this page again";
  if (error instanceof TypeError) return "The server does not answer. Is it running?";
  return error instanceof Error ? error.message : String(error);
}
