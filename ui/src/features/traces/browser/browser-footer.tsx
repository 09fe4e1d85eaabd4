import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { errorOf, type TreeModel } from "@/components/span-tree/model";
import { formatNumber } from "@/lib/format";

/** Under the spans: how many there are, and the way to them as rows of a table. */
export function BrowserFooter({
  model,
  orphaned,
  complete,
  onErrors,
}: {
  model: TreeModel;
  orphaned: number;
  complete: boolean;
  onErrors: () => void;
}) {
  const { errors, llm } = useMemo(() => count(model), [model]);
  const spans = model.count - 1;
  return (
    <footer className="flex h-6 shrink-0 items-center gap-2 overflow-hidden border-t border-border px-2 text-xs whitespace-nowrap text-muted-foreground tabular">
      <Link
        to="/projects/$projectId/logs"
        params={{ projectId: model.trace.project_id }}
        search={{ type: "span", q: `trace_id:${model.trace.id}`, range: "all", hidden: true }}
        title="Show them in the table of spans"
        className="underline decoration-border-strong underline-offset-2 hover:text-foreground"
      >
        {formatNumber(spans)} {spans === 1 ? "span" : "spans"}
        {complete ? "" : ", more are not shown"}
      </Link>
      {llm > 0 && <span>{formatNumber(llm)} LLM</span>}
      {errors > 0 && (
        <button type="button" onClick={onErrors} className="text-danger hover:underline">
          {formatNumber(errors)} {errors === 1 ? "error" : "errors"}
        </button>
      )}
      {orphaned > 0 && (
        <span title="Their parents are not among the spans, so they hang on the trace">
          {formatNumber(orphaned)} without parent
        </span>
      )}
    </footer>
  );
}

function count(model: TreeModel): { errors: number; llm: number } {
  let errors = 0;
  let llm = 0;
  for (let row = 1; row < model.count; row++) if (errorOf(model, row)) errors += 1;
  for (const type of model.spans.type) if (type === "llm") llm += 1;
  return { errors, llm };
}
