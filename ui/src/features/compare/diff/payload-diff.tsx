import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "@/api/errors";
import type { EntityDetail, Payload } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { EmptyState, ErrorState, Spinner } from "@/components/ui/states";
import { formatBytes, formatNumber } from "@/lib/format";
import { wholePayloadQuery } from "../api/whole-payload";
import type { PairIds } from "../pair";
import { DiffView } from "./diff-view";
import type { Side } from "./payload-text";
import { runDiff } from "./run-diff";

// Characters of one side that a browser's tab holds several times over without trouble.
const MOST = 20_000_000;

/** The difference of a payload of two spans (or traces), as text. */
export function PayloadDiff({
  pair,
  a,
  b,
  side,
  unified,
  onUnified,
}: {
  pair: PairIds;
  /** Null for a side that is not there. */
  a: EntityDetail | null;
  b: EntityDetail | null;
  side: Side;
  unified: boolean;
  onUnified: (unified: boolean) => void;
}) {
  const [whole, setWhole] = useState(false);
  const cutA = a?.payloads[side] ?? null;
  const cutB = b?.payloads[side] ?? null;
  const before = useWhole(pair, pair.a, side, cutA, whole);
  const after = useWhole(pair, pair.b, side, cutB, whole);
  const isLoading = before.isLoading || after.isLoading;
  const diff = useQuery({
    queryKey: ["payload-diff", pair.a, pair.b, side, before.key, after.key],
    queryFn: ({ signal }) => runDiff({ before: before.text, after: after.text, side }, signal),
    enabled: !isLoading,
    // Of large texts, the difference is large too.
    gcTime: 30_000,
    staleTime: Number.POSITIVE_INFINITY,
    structuralSharing: false,
    retry: false,
  });
  const error = before.error ?? after.error ?? diff.error;
  if (error) return <ErrorState error={messageOf(error)} onRetry={() => diff.refetch()} />;
  if (!diff.data)
    return (
      <div className="p-4">
        <Spinner label="Comparing" />
      </div>
    );
  if (!cutA && !cutB) return <EmptyState title={`Neither has ${NAMES[side]}`} className="h-full" />;
  const largest = Math.max(cutA?.size ?? 0, cutB?.size ?? 0);
  const isCut = !whole && (cutA?.complete === false || cutB?.complete === false);
  const { added, removed, rows } = diff.data;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex min-h-8 shrink-0 flex-wrap items-center gap-x-3 border-b border-border px-3 text-sm text-muted-foreground tabular">
        {added + removed === 0 ? (
          <span>{isCut ? "Equal as far as it is shown" : "Equal"}</span>
        ) : (
          <>
            <span className="text-danger">−{formatNumber(removed)}</span>
            <span className="text-success">+{formatNumber(added)}</span>
            <span>
              of {formatNumber(rows.length)} {rows.length === 1 ? "line" : "lines"}
            </span>
          </>
        )}
        {isCut &&
          (largest <= MOST ? (
            <Button size="sm" onClick={() => setWhole(true)}>
              Compare all {formatBytes(largest)}
            </Button>
          ) : (
            <span>Only the beginnings are compared: {formatBytes(largest)} are too much</span>
          ))}
        <span className="flex-1" />
        {a && b && (
          <Segmented
            label="Texts"
            value={unified ? "unified" : "split"}
            options={LAYOUTS}
            onChange={(layout) => onUnified(layout === "unified")}
            className="h-6"
          />
        )}
      </div>
      <div className="min-h-0 flex-1">
        <DiffView
          key={`${pair.a} ${pair.b} ${side}`}
          diff={diff.data}
          unified={unified || !a || !b}
          label={`Differences of ${NAMES[side]}`}
        />
      </div>
    </div>
  );
}

const LAYOUTS = [
  { value: "split", label: "Split" },
  { value: "unified", label: "Unified" },
] as const;
const NAMES: Record<Side, string> = {
  input: "an input",
  output: "an output",
  metadata: "metadata",
};

/** The text of a payload: what is there already, or all of it once that is asked for. */
function useWhole(
  pair: PairIds,
  id: string | null,
  side: Side,
  cut: Payload | null,
  whole: boolean,
): { text: string | null; key: string; isLoading: boolean; error: unknown } {
  const wanted = whole && id !== null && cut?.complete === false;
  const query = useQuery({
    ...wholePayloadQuery(pair.kind, id ?? "", side),
    enabled: wanted,
  });
  if (!wanted) {
    return {
      text: cut?.text ?? null,
      key: `${cut?.text.length ?? "none"}`,
      isLoading: false,
      error: null,
    };
  }
  return {
    text: query.data ?? null,
    key: "whole",
    isLoading: query.data === undefined && !query.error,
    error: query.error,
  };
}
