import { EventParser } from "@/lib/event-parser";
import { ApiError } from "./errors";

export type Params = Record<string, string | number | boolean | string[] | null | undefined>;

/** Called when the server asks for a key; the app leads to the sign-in page. */
let onSignedOut: () => void = () => {};

export function whenSignedOut(run: () => void): void {
  onSignedOut = run;
}

/** Returns `/api/…` with the parameters that have a value; lists are joined by commas. */
export function url(path: string, params: Params = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === null || value === "") continue;
    search.set(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  const text = search.toString();
  return `/api/${path}${text ? `?${text}` : ""}`;
}

type Options = {
  params?: Params;
  body?: unknown;
  signal?: AbortSignal | undefined;
  headers?: Record<string, string>;
};

/** Asks the server and returns the answer as it is. Throws `ApiError` for a status that is no success. */
export async function send(method: string, path: string, options: Options = {}): Promise<Response> {
  const { params, body, signal } = options;
  const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
  if (method !== "GET") headers["X-Sightline-Request"] = "1";
  const raw = typeof body === "string" || body instanceof Blob;
  if (body !== undefined)
    headers["Content-Type"] = raw ? "application/octet-stream" : "application/json";
  const response = await fetch(url(path, params), {
    method,
    headers,
    credentials: "same-origin",
    ...(body === undefined ? {} : { body: raw ? (body as BodyInit) : JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  if (response.ok) return response;
  const error = await errorOf(response);
  if (error.status === 401 && !path.startsWith("console/session")) onSignedOut();
  throw error;
}

/**
 * Sends a call whose answer is a stream of server-sent events: what it said of itself in its headers, and the
 * data of each event as it arrives. Ends when the stream does; a cut connection throws.
 */
export async function sendForEvents(
  path: string,
  options: Options,
): Promise<{ headers: Headers; events: AsyncGenerator<string> }> {
  const headers = { ...options.headers, Accept: "text/event-stream" };
  const response = await send("POST", path, { ...options, headers });
  return { headers: response.headers, events: eventsOf(response) };
}

async function* eventsOf(response: Response): AsyncGenerator<string> {
  if (!response.body) return;
  const parser = new EventParser();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.feed(value);
    }
  } finally {
    // Whoever stops listening early lets go of the connection too.
    await reader.cancel().catch(() => undefined);
  }
}

/** Asks for JSON; an empty answer is null. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const response = await send(method, path, options);
  const text = await response.text();
  return (text ? JSON.parse(text) : null) as T;
}

export const get = <T>(path: string, params?: Params, signal?: AbortSignal): Promise<T> =>
  request<T>("GET", path, { ...(params ? { params } : {}), signal });
export const post = <T>(path: string, body?: unknown): Promise<T> =>
  request<T>("POST", path, { body });
export const put = <T>(path: string, body?: unknown): Promise<T> =>
  request<T>("PUT", path, { body });
export const patch = <T>(path: string, body?: unknown): Promise<T> =>
  request<T>("PATCH", path, { body });
export const del = <T>(path: string): Promise<T> => request<T>("DELETE", path);

async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  const generationId = response.headers.get("X-Generation-Id");
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    const listed = Array.isArray(body.errors) ? body.errors.join("; ") : undefined;
    const message = String(
      body.detail ??
        listed ??
        enveloped(body.error) ??
        body.message ??
        body.title ??
        response.statusText,
    );
    return new ApiError(response.status, message, {
      ...(typeof body.hint === "string" ? { hint: body.hint } : {}),
      ...(typeof body.at === "number" ? { at: body.at } : {}),
      ...(typeof body.end === "number" ? { end: body.end } : {}),
      fields: Array.isArray(body.fields) ? body.fields.map(String) : [],
      body,
      ...(generationId ? { generationId } : {}),
    });
  } catch {
    return new ApiError(
      response.status,
      `The server answered ${response.status} ${response.statusText}`,
    );
  }
}

/** The message of an error in OpenAI's shape, which calls to models answer with. */
function enveloped(error: unknown): unknown {
  return typeof error === "object" && error !== null && "message" in error
    ? error.message
    : undefined;
}
