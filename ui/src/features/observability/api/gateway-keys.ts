import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import { ApiError } from "@/api/errors";

const MOST = 500;

export type GatewayKey = { hash: string; name: string; label: string; disabled: boolean };

/** The keys that calls are made with; null where this server lists none. */
export const gatewayKeysQuery = () =>
  queryOptions({
    queryKey: ["broadcast", "gateway-keys"],
    queryFn: async ({ signal }) => {
      try {
        return (
          await get<{ content: GatewayKey[] }>("console/gateway/keys", { size: MOST }, signal)
        ).content;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
  });
