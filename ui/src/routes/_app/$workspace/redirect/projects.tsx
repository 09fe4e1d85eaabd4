import { createFileRoute, redirect } from "@tanstack/react-router";
import { post } from "@/api/client";
import type { Project } from "@/api/types";

/** Where the links lead that Opik's SDK prints: a project by its name or id. */
export const Route = createFileRoute("/_app/$workspace/redirect/projects")({
  validateSearch: (search: Record<string, unknown>) => ({
    name: typeof search.name === "string" ? search.name : undefined,
    id: typeof search.id === "string" ? search.id : undefined,
  }),
  loaderDeps: ({ search }) => search,
  loader: async ({ deps }) => {
    const id =
      deps.id ?? (await post<Project>("v1/private/projects/retrieve", { name: deps.name })).id;
    throw redirect({ to: "/projects/$projectId/logs", params: { projectId: id }, replace: true });
  },
});
