import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get } from "@/api/client";
import { type LedgerSearch, periodOf } from "../lib/ledger-search";

export type Counts = {
  received: number;
  stored: number;
  refused: number;
  /** Messages by reason, the most first. */
  reasons: Record<string, number>;
  last_received_at: string | null;
};

export type LedgerRow = Counts & {
  /** Neither id nor name: the project was not known. An id alone: the project is deleted. */
  project_id: string | null;
  project_name: string | null;
  /** False for what was refused before its workspace was known. */
  is_ours: boolean;
  face: string;
  client: string;
  client_version: string | null;
};

export type Ledger = {
  from: string;
  to: string;
  step_s: number;
  lost_by_a_crash_s: number;
  total: Counts;
  rows: LedgerRow[];
  rows_left_out: number;
  series: { time: string; stored: number; refused: number }[];
};

export const ledgerQuery = (search: LedgerSearch) =>
  queryOptions({
    queryKey: ["ledger", search.project, search.range, search.from, search.to],
    queryFn: ({ signal }) =>
      get<Ledger>(
        "console/ledger",
        { project_id: search.project, ...periodOf(search, Date.now()) },
        signal,
      ),
    // What is over does not change any more.
    refetchInterval: search.to ? false : 15_000,
    placeholderData: keepPreviousData,
  });
