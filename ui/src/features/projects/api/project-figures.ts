import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { Page, ProjectFigures } from "@/api/types";
import { sliceOf } from "@/lib/slice";
import { DEFAULT_SORT, PAGE_SIZE, type ProjectsSearch } from "../lib/search";

/** A page of projects with their figures. */
export const projectFiguresQuery = (search: ProjectsSearch) =>
  queryOptions({
    queryKey: ["projects", search],
    queryFn: ({ signal }) =>
      get<Page<ProjectFigures>>(
        "console/projects",
        {
          search: search.q,
          sort: search.sort ?? DEFAULT_SORT,
          page: search.page ?? 1,
          size: PAGE_SIZE,
          from: sliceOf({ range: search.range ?? "30d" }, "trace").from,
        },
        signal,
      ),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
