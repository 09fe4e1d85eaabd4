import { CircleCheck, CircleX } from "lucide-react";
import { formatDuration } from "@/lib/format";
import type { Outcome } from "../api/types";

/** What was asked, what came back, and how long it took. */
export function OutcomeView({ outcome, passed }: { outcome: Outcome; passed: string }) {
  return (
    <section
      role="status"
      aria-label="Outcome"
      className="flex min-w-0 flex-col gap-2 rounded-md border border-border bg-surface p-3"
    >
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        {outcome.passed ? (
          <span className="flex items-center gap-1.5 font-medium text-success">
            <CircleCheck className="size-4 shrink-0" /> {passed}
          </span>
        ) : (
          <span className="flex min-w-0 items-start gap-1.5 font-medium text-danger">
            <CircleX className="mt-0.5 size-4 shrink-0" />
            <span className="min-w-0 break-words">Failed: {outcome.reason}</span>
          </span>
        )}
        <span className="ml-auto text-muted-foreground tabular">
          {outcome.status !== null && `status ${outcome.status} · `}
          {formatDuration(outcome.took_ms)}
        </span>
      </p>
      {outcome.request && (
        <p className="font-mono text-sm break-all">
          <span className="sr-only">Request: </span>
          {outcome.request}
        </p>
      )}
      {outcome.answer && (
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a long answer scrolls by keyboard too
          tabIndex={0}
          className="max-h-48 overflow-auto rounded-sm border border-border bg-raised p-2 font-mono text-sm break-words whitespace-pre-wrap"
        >
          <span className="sr-only">Answer: </span>
          {outcome.answer}
        </pre>
      )}
    </section>
  );
}
