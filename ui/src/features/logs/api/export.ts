import { queryOptions } from "@tanstack/react-query";
import { get, url } from "@/api/client";
import { sliceParams } from "@/lib/slice";
import type { Target } from "../lib/target";

export type ExportFormat = "csv" | "jsonl" | "parquet";
export type ExportAsked = {
  format: ExportFormat;
  target: Target;
  columns?: readonly string[];
  sort: string;
  withSpans: boolean;
};
export type ExportProgress = {
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  rows: number;
  total: number | null;
};

/** The address that the browser downloads from; `token` is what its progress is asked by. */
export const exportUrl = (projectId: string, asked: ExportAsked, token: string): string =>
  url(`console/projects/${projectId}/export`, {
    ...sliceParams(asked.target.slice),
    format: asked.format,
    columns: asked.columns ? [...asked.columns] : undefined,
    sort: asked.sort,
    ids: asked.target.kind === "ids" ? [...asked.target.ids] : undefined,
    spans: asked.withSpans ? true : undefined,
    token,
  });

/** 30 s at 0.7 s each. */
const MOST_WAITS = 43;

/** How far a download has come. */
export const exportProgressQuery = (token: string) =>
  queryOptions({
    queryKey: ["export", token],
    queryFn: ({ signal }) => get<ExportProgress>(`console/exports/${token}`, undefined, signal),
    refetchInterval: ({ state }) => {
      if (state.data?.state === "running") return 700;
      // The download may not have begun when it is asked for; one that never does is given up.
      const waits = !state.data || state.data.state === "waiting";
      return waits && state.dataUpdateCount < MOST_WAITS ? 700 : false;
    },
  });
