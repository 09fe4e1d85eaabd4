import { queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";

export type About = {
  version: string;
  python: string;
  started_at: string;
  data_folder: string;
  health: string;
  stores: {
    analytics: {
      kind: string;
      version: string;
      bytes: number | null;
      rows: Record<string, number>;
      parts: number | null;
    };
    catalog: { kind: string; bytes: number | null };
    blobs: { kind: string; bytes?: number | null };
  };
  memory: { rss_bytes: number | null; engine_cap_bytes: number | null };
};

export const aboutQuery = () =>
  queryOptions({
    queryKey: ["about"],
    queryFn: ({ signal }) => get<About>("console/about", undefined, signal),
    refetchInterval: 10_000,
  });
