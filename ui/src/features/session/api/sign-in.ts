import { request } from "@/api/client";
import type { Session } from "@/api/types";

/** Trades a key for a session cookie that scripts cannot read. */
export const signIn = (key: string): Promise<Session> =>
  request<Session>("POST", "console/session", { body: { key } });
