import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { traceTreeQuery } from "@/api/queries/trace-tree";
import type { TraceTree } from "@/api/types";
import { buildTree } from "@/components/span-tree/model";
import { align } from "./align";
import { MOST_PREVIEWED, spanPreviewsQuery } from "./api/span-previews";
import type { Comparison } from "./differences";

/** The two trees laid over each other; absent while they load. */
export function useComparison(
  a: string,
  b: string,
): {
  comparison: Comparison | undefined;
  error: unknown;
  retry: () => void;
  /** The spans' texts are looked at, so that also a changed text marks a step. */
  looksAtTexts: boolean;
} {
  const left = useQuery(traceTreeQuery(a));
  const right = useQuery(traceTreeQuery(b));
  const textsA = useQuery(previewsOf(left.data, a));
  const textsB = useQuery(previewsOf(right.data, b));
  const merged = useMemo(() => {
    if (!left.data || !right.data) return undefined;
    const models = { a: buildTree(left.data), b: buildTree(right.data) };
    return { ...models, merged: align(models.a, models.b) };
  }, [left.data, right.data]);
  const comparison = useMemo((): Comparison | undefined => {
    if (!merged || !textsA.data || !textsB.data) return merged;
    return { ...merged, previews: { a: textsA.data, b: textsB.data } };
  }, [merged, textsA.data, textsB.data]);
  const few = (tree: TraceTree | undefined) => (tree?.spans.count ?? 0) <= MOST_PREVIEWED;
  return {
    comparison,
    error: left.error ?? right.error,
    retry: () => {
      if (left.error) void left.refetch();
      if (right.error) void right.refetch();
    },
    looksAtTexts: few(left.data) && few(right.data),
  };
}

const previewsOf = (tree: TraceTree | undefined, id: string) =>
  spanPreviewsQuery(tree?.trace.project_id ?? "", id, tree?.spans.count ?? 0);
