import { idOf } from "@/components/span-tree/model";
import type { Comparison } from "./differences";

/** What stands in a merged row: the traces themselves, or a span of each or of one. */
export type PairIds = { kind: "trace" | "span"; a: string | null; b: string | null };

export function pairAt({ a, b, merged }: Comparison, row: number): PairIds {
  const x = merged.a[row] ?? -1;
  const y = merged.b[row] ?? -1;
  return {
    kind: row === 0 ? "trace" : "span",
    a: x < 0 ? null : idOf(a, x),
    b: y < 0 ? null : idOf(b, y),
  };
}
