import type { EntityType } from "@/api/types";
import type { LiveNews } from "@/lib/live-events";
import { andQuery } from "@/lib/slice";

const HOUR_MS = 3_600_000;

/** Says whether something may have come that no event told of: the tab was hidden. */
export const isAny = (news: LiveNews): boolean =>
  news.updates === 0 && news.spans === 0 && news.traces === 0;

/** Says whether an event is about rows that a table of these shows. */
export function concerns(news: LiveNews, entity: EntityType): boolean {
  return news.updates > 0 || (entity === "span" ? news.spans : news.traces) > 0;
}

/** The query of what the server heard of since a moment. A thread is new again with each turn. */
export function sinceQuery(query: string, entity: EntityType, sinceMs: number): string {
  const field = entity === "thread" ? "last_updated_at" : "created_at";
  return andQuery(query, `${field}>"${new Date(sinceMs).toISOString()}"`);
}

/**
 * Where to begin to look for what is new: what is stored now began an hour ago at most (else a look for
 * two new rows would read the whole project).
 */
export function sinceFrom(from: string | undefined, sinceMs: number): string {
  const early = new Date(sinceMs - HOUR_MS).toISOString();
  return from !== undefined && from > early ? from : early;
}

/** The query of rows by their ids. */
export const idsQuery = (ids: readonly string[]): string =>
  `id:(${ids.map((id) => `"${id.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`).join(", ")})`;
