import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { Facet } from "@/api/types";
import { type Slice, sliceParams } from "@/lib/slice";

/** Values with counts, field by field; `fields` none: those that the server thinks best. */
export const facetsQuery = (projectId: string, slice: Slice, fields: string[] = []) =>
  queryOptions({
    queryKey: ["slice", projectId, "facets", slice, fields],
    queryFn: async ({ signal }) =>
      (
        await get<{ facets: Facet[] }>(
          `console/projects/${projectId}/facets`,
          { ...sliceParams(slice), fields: fields.length > 0 ? fields : undefined },
          signal,
        )
      ).facets,
    placeholderData: keepPreviousData,
  });
