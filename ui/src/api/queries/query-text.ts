/** What the server knows of the query language: reading a text, its fields, their values. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, request } from "@/api/client";
import { ApiError } from "@/api/errors";
import type { EntityType, ParsedQuery, QueryField } from "@/api/types";
import { fromCodePoints } from "@/lib/code-points";

/** Reads a query; what is wrong with it is part of the answer. Offsets are those of JavaScript's strings. */
export const parsedQuery = (entity: EntityType, query: string) =>
  queryOptions({
    queryKey: ["query-parse", entity, query],
    queryFn: async ({ signal }): Promise<ParsedQuery> => {
      if (query.trim() === "") return { canonical: "", tree: null, chips: [], error: null };
      const body = { entity, query };
      const found = await request<ParsedQuery>("POST", "console/query/parse", { body, signal });
      const at = (offset: number) => fromCodePoints(query, offset);
      return {
        ...found,
        chips: found.chips.map((c) => ({ ...c, start: at(c.start), end: at(c.end) })),
        error: found.error && { ...found.error, at: at(found.error.at), end: at(found.error.end) },
      };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10 * 60_000,
  });

export const queryFieldsQuery = (projectId: string, entity: EntityType) =>
  queryOptions({
    queryKey: ["query-fields", projectId, entity],
    queryFn: async ({ signal }) =>
      (
        await get<{ fields: QueryField[] }>(
          `console/projects/${projectId}/query/fields`,
          { entity },
          signal,
        )
      ).fields,
    staleTime: 60_000,
  });

export type ValuesAsked = {
  entity: EntityType;
  /** With its key where it has one: `metadata.user`. */
  field: string;
  prefix: string;
  query?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  limit?: number;
};
export type CountedValue = { value: string; count: number };

/** Values of a field, the most frequent first. A query that does not read narrows nothing. */
export const queryValuesQuery = (projectId: string, asked: ValuesAsked) =>
  queryOptions({
    queryKey: ["query-values", projectId, asked],
    queryFn: async ({ signal }) => {
      const path = `console/projects/${projectId}/query/values`;
      const params = { limit: 20, ...asked };
      try {
        return (await get<{ values: CountedValue[] }>(path, params, signal)).values;
      } catch (error) {
        if (!(error instanceof ApiError && error.at !== undefined && asked.query)) throw error;
        const wider = { ...params, query: undefined };
        return (await get<{ values: CountedValue[] }>(path, wider, signal)).values;
      }
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
