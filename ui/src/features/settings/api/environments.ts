import { queryOptions } from "@tanstack/react-query";
import { get, patch, post } from "@/api/client";
import type { Page } from "@/api/types";

export type Environment = {
  id: string;
  name: string;
  description: string | null;
  color: string;
  position: number;
};
export type EnvironmentDraft = Pick<Environment, "name" | "color"> & { description: string };

export const environmentsQuery = () =>
  queryOptions({
    queryKey: ["environments"],
    queryFn: ({ signal }) => get<Page<Environment>>("v1/private/environments", undefined, signal),
  });

export const saveEnvironment = (id: string | undefined, draft: EnvironmentDraft): Promise<null> =>
  id
    ? patch<null>(`v1/private/environments/${id}`, draft)
    : post<null>("v1/private/environments", draft);

export const deleteEnvironment = (id: string): Promise<null> =>
  post<null>("v1/private/environments/delete", { ids: [id] });
