import { queryOptions } from "@tanstack/react-query";
import { del, get, post } from "@/api/client";
import type { Page } from "@/api/types";

export type Role = "admin" | "write" | "read";
export type ApiKey = {
  id: string;
  name: string;
  role: Role;
  masked: string;
  created_at: string;
  last_used_at: string | null;
  expires_at: string | null;
  revoked_at: string | null;
  workspace: string;
};

export const keysQuery = () =>
  queryOptions({
    queryKey: ["keys"],
    queryFn: ({ signal }) => get<Page<ApiKey>>("console/keys", { size: 500 }, signal),
  });

export const createKey = (draft: {
  name: string;
  role: Role;
  expires_in_days?: number | undefined;
}): Promise<ApiKey & { key: string }> => post("console/keys", draft);

export const revokeKey = (id: string): Promise<null> => del<null>(`console/keys/${id}`);
