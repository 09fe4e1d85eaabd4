import type { Slice } from "@/lib/slice";

/** Rows over time, errors in red. Dragging picks a period (ISO times), a double click gives it up. */
export function HistogramStrip(_props: {
  projectId: string;
  slice: Slice;
  onRange: (from: string, to: string) => void;
  onReset: () => void;
}) {
  return <div className="h-20" />;
}
