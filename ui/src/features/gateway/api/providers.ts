import { queryOptions } from "@tanstack/react-query";
import { del, get, patch, post } from "@/api/client";
import type { KnownProvider, Listed, Probe, Provider, ProviderFields } from "./types";

export const providersQuery = () =>
  queryOptions({
    queryKey: ["gateway", "providers"],
    queryFn: ({ signal }) => get<Listed<Provider>>("console/gateway/providers", undefined, signal),
  });

/** Providers that are known by name: their address and dialect need not be typed. */
export const knownProvidersQuery = () =>
  queryOptions({
    queryKey: ["gateway", "known-providers"],
    queryFn: ({ signal }) =>
      get<Listed<KnownProvider>>("console/gateway/provider-catalogue", undefined, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const createProvider = (fields: Partial<ProviderFields>): Promise<Provider> =>
  post<Provider>("console/gateway/providers", fields);

/** Changes what is named; a secret as it was shown stays what it is. */
export const updateProvider = (id: string, fields: Partial<ProviderFields>): Promise<Provider> =>
  patch<Provider>(`console/gateway/providers/${id}`, fields);

export const deleteProvider = (id: string): Promise<null> =>
  del<null>(`console/gateway/providers/${id}`);

export const testProvider = (id: string): Promise<Probe> =>
  post<Probe>(`console/gateway/providers/${id}/test`);
