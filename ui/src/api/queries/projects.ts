import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import type { Page, Project } from "@/api/types";

/** One project by its id. */
export const projectQuery = (id: string) =>
  queryOptions({
    queryKey: ["project", id],
    queryFn: ({ signal }) => get<Project>(`v1/private/projects/${id}`, undefined, signal),
    staleTime: 60_000,
  });

/** Names of projects, lately used first: quick, without figures. */
export const projectNamesQuery = (search = "", size = 100) =>
  queryOptions({
    queryKey: ["project-names", search, size],
    queryFn: ({ signal }) =>
      get<Page<Project>>(
        "v1/private/projects",
        { name: search, size, sorting: '[{"field":"last_updated_trace_at","direction":"DESC"}]' },
        signal,
      ),
  });
