import { post } from "@/api/client";

/** Sends all failures again; `gone` are no longer kept. */
export const replayFailures = (id: string): Promise<{ generations: number; gone: number }> =>
  post(`console/broadcast/destinations/${id}/replay`, { failures: true });

/** Sends what ended in a period again, in the background. */
export const replayPeriod = (id: string, from: string, to: string): Promise<{ batches: number }> =>
  post(`console/broadcast/destinations/${id}/replay`, { from, to });
