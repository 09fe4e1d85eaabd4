import { queryOptions } from "@tanstack/react-query";
import { del, get, patch, post } from "@/api/client";
import type { Page } from "@/api/types";
import type { GatewayKey, KeyFields } from "./types";

const PAGE = 100;

/** All keys, newest first, with what each has spent. */
export const keysQuery = () =>
  queryOptions({
    queryKey: ["gateway", "keys"],
    queryFn: async ({ signal }) => {
      const found: GatewayKey[] = [];
      for (let page = 1; ; page += 1) {
        const { content, total } = await get<Page<GatewayKey>>(
          "console/gateway/keys",
          { page, size: PAGE },
          signal,
        );
        found.push(...content);
        if (found.length >= total || content.length === 0) return found;
      }
    },
  });

/** `key` is its text, told this once. */
export const createKey = (
  fields: KeyFields & { is_management: boolean },
): Promise<GatewayKey & { key: string }> => post("console/gateway/keys", fields);

export const updateKey = (
  hash: string,
  fields: Partial<KeyFields & { disabled: boolean }>,
): Promise<GatewayKey> => patch<GatewayKey>(`console/gateway/keys/${hash}`, fields);

export const deleteKey = (hash: string): Promise<null> => del<null>(`console/gateway/keys/${hash}`);
