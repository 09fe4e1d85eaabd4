import { del } from "@/api/client";

/** Deletes a trace with its spans, scores, comments and attachments. */
export const deleteTrace = (id: string): Promise<null> =>
  del(`v1/private/traces/${encodeURIComponent(id)}`);
