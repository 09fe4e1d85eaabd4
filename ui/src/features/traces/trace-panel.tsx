export type TracePanelProps = {
  projectId: string;
  traceId: string;
  onClose: () => void;
  /** Absent where there is no trace before or after this one. */
  onPrev?: (() => void) | undefined;
  onNext?: (() => void) | undefined;
  /** Adds a condition, in the query's grammar, to the rows below. */
  onFilter: (queryText: string) => void;
  onAddColumn: (name: string) => void;
};

/** A trace over the table of traces: its spans on the left, what is chosen on the right. */
export function TracePanel({ traceId, onClose }: TracePanelProps) {
  return (
    <aside
      aria-label="Trace"
      className="fixed inset-y-0 right-0 z-30 w-[72vw] border-l border-border bg-background max-md:w-full"
    >
      <button type="button" onClick={onClose}>
        Close {traceId}
      </button>
    </aside>
  );
}
