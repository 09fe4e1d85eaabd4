import { post } from "@/api/client";
import type { Config, Outcome } from "./types";

/** Tries a config without saving it; with `id`, masked values are those kept there. */
export const testConnection = (
  type: string,
  config: Config,
  id: string | undefined,
): Promise<Outcome> =>
  post<Outcome>("console/broadcast/test", { type, config, ...(id ? { id } : {}) });

/** Sends a trace that says of itself that it is a sample. */
export const sendSample = (id: string): Promise<Outcome> =>
  post<Outcome>(`console/broadcast/destinations/${id}/sample`);
