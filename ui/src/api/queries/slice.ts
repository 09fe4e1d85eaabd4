/** Reads that the pages of a project share. Keys begin with ["slice", project], so that new data can refresh them. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { ColumnNames, EntityType, Histogram, SeriesAnswer, Summary } from "@/api/types";
import { type Slice, sliceParams } from "@/lib/slice";

export const summaryQuery = (projectId: string, slice: Slice) =>
  queryOptions({
    queryKey: ["slice", projectId, "summary", slice],
    queryFn: ({ signal }) =>
      get<Summary>(`console/projects/${projectId}/summary`, sliceParams(slice), signal),
    placeholderData: keepPreviousData,
  });

/** `figures`: which of duration, cost and tokens come beside the counts, "none" or all. */
export const histogramQuery = (projectId: string, slice: Slice, buckets = 60, figures = "") =>
  queryOptions({
    queryKey: ["slice", projectId, "histogram", slice, buckets, figures],
    queryFn: ({ signal }) =>
      get<Histogram>(
        `console/projects/${projectId}/histogram`,
        { ...sliceParams(slice), buckets, figures },
        signal,
      ),
    placeholderData: keepPreviousData,
  });

export const seriesQuery = (
  projectId: string,
  slice: Slice,
  asked: {
    metric: string;
    breakdown?: string;
    percentile?: string;
    buckets?: number;
    top?: number;
  },
) =>
  queryOptions({
    queryKey: ["slice", projectId, "series", slice, asked],
    queryFn: ({ signal }) =>
      get<SeriesAnswer>(
        `console/projects/${projectId}/series`,
        { ...sliceParams(slice), ...asked },
        signal,
      ),
    placeholderData: keepPreviousData,
  });

export const columnNamesQuery = (projectId: string, entity: EntityType) =>
  queryOptions({
    queryKey: ["slice", projectId, "columns", entity],
    queryFn: ({ signal }) =>
      get<ColumnNames>(`console/projects/${projectId}/columns`, { entity }, signal),
    staleTime: 60_000,
  });
