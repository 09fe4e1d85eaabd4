import { queryOptions } from "@tanstack/react-query";
import { del, get, patch, post } from "@/api/client";
import type { Model, ModelFields, Models } from "./types";

const REFRESH_MS = 5000;

/** Models, and prefixes that serve any model, with how each endpoint fares; asked again while looked at. */
export const modelsQuery = () =>
  queryOptions({
    queryKey: ["gateway", "models"],
    queryFn: ({ signal }) => get<Models>("console/gateway/models", undefined, signal),
    refetchInterval: REFRESH_MS,
  });

export const createModel = (fields: ModelFields): Promise<Model> =>
  post<Model>("console/gateway/models", fields);

export const updateModel = (id: string, fields: Partial<ModelFields>): Promise<Model> =>
  patch<Model>(`console/gateway/models/${id}`, fields);

export const deleteModel = (id: string): Promise<null> => del<null>(`console/gateway/models/${id}`);
