import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { readTraceSearch, type TraceSearch } from "@/lib/trace-search";

/** A move leaves the page before it in the history; a walk (span after span) does not. */
export type ChangeSearch = (change: Partial<TraceSearch>, how?: "move" | "walk") => void;

/** The panel's part of the URL, whatever page it lies over. */
export function useTraceSearch(): [TraceSearch, ChangeSearch] {
  const search = useSearch({ strict: false, select: readTraceSearch, structuralSharing: true });
  const navigate = useNavigate();
  const change: ChangeSearch = useCallback(
    (patch, how = "move") =>
      void navigate({
        to: ".",
        search: ((now: Record<string, unknown>) => ({ ...now, ...patch })) as never,
        replace: how === "walk",
        resetScroll: false,
      }),
    [navigate],
  );
  return [search, change];
}
