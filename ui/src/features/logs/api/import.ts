import { request } from "@/api/client";

export type Imported = { traces: number; spans: number; scores: number };

/** Sends a file of JSON lines, as the export writes it. Ids are kept: sending it twice is sending it once. */
export const importLines = (projectId: string, file: Blob): Promise<Imported> =>
  request<Imported>("POST", `console/projects/${projectId}/import`, { body: file });
