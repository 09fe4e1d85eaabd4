import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useDeferredValue, useRef, useState } from "react";
import { ApiError } from "@/api/errors";
import { traceTreeQuery } from "@/api/queries/trace-tree";
import { DetailPane } from "@/components/detail/detail-pane";
import { TracePicker } from "@/components/trace-picker/trace-picker";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Segmented } from "@/components/ui/segmented";
import { EmptyState, ErrorState } from "@/components/ui/states";
import { useEvent } from "@/hooks/use-event";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { useSettled } from "@/hooks/use-settled";
import { formatNumber } from "@/lib/format";
import { isNarrow } from "@/lib/narrow";
import { toast } from "@/lib/toast";
import type { TraceView } from "@/lib/trace-search";
import { deleteTrace } from "./api/delete-trace";
import { SpanBrowser } from "./browser/span-browser";
import { LoadingRows } from "./panel/loading-rows";
import { LOOKS, PanelBar, type PanelDialog } from "./panel/panel-bar";
import { PanelFrame } from "./panel/panel-frame";
import { PanelSplit } from "./panel/panel-split";
import { useTraceSearch } from "./use-trace-search";

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

// While spans are walked through quickly, only the one that is stopped at is loaded.
const QUIET_MS = 120;

/** A trace over the table of traces: its spans on the left, what is chosen on the right. */
export function TracePanel(props: TracePanelProps) {
  const { projectId, traceId, onClose, onPrev, onNext } = props;
  const [search, change] = useTraceSearch();
  const navigate = useNavigate();
  const client = useQueryClient();
  const tree = useQuery(traceTreeQuery(traceId));
  const [dialog, setDialog] = useState<PanelDialog | null>(null);
  const look: TraceView = search.look ?? "tree";
  const full = search.full ?? false;
  const setLook = (next: TraceView) => change({ look: next === "tree" ? undefined : next });
  const setFull = (next: boolean) => change({ full: next || undefined });
  const shown = useSettled(search.span ?? traceId, QUIET_MS);

  // The spans are drawn before what is chosen of them.
  const hasTime = useDeferredValue(tree.data !== undefined || tree.error !== null, false);

  const details = useRef<HTMLElement>(null);
  const prev = useEvent(() => onPrev?.());
  const next = useEvent(() => onNext?.());

  const group = "Trace";
  useHotkeys([
    { keys: "escape", label: "Close the trace", group, run: onClose },
    { keys: "[", label: "Previous trace", group, run: prev },
    { keys: "]", label: "Next trace", group, run: next },
    { keys: "shift+k", label: "Previous trace", group, run: prev },
    { keys: "shift+j", label: "Next trace", group, run: next },
    {
      keys: "v",
      label: "Tree, timeline, graph",
      group,
      run: () => {
        const at = LOOKS.findIndex(({ value }) => value === look);
        setLook(LOOKS[(at + 1) % LOOKS.length]?.value ?? "tree");
      },
    },
    { keys: "c", label: "Compare with another trace", group, run: () => setDialog("compare") },
    { keys: "shift+f", label: "Full screen", group, run: () => setFull(!full) },
  ]);

  const trace = tree.data?.trace;
  const missing = tree.error instanceof ApiError && tree.error.status === 404;
  return (
    <PanelFrame label="Trace" full={full}>
      <PanelBar
        trace={trace}
        traceId={traceId}
        projectId={projectId}
        look={look}
        onLook={useEvent(setLook)}
        full={full}
        onFull={useEvent(setFull)}
        onPrev={onPrev && prev}
        onNext={onNext && next}
        onClose={useEvent(onClose)}
        onDialog={setDialog}
      />
      <div className="flex justify-center border-b border-border p-1 md:hidden">
        <Segmented label="Spans shown as" value={look} options={LOOKS} onChange={setLook} />
      </div>
      {missing ? (
        <EmptyState title="There is no such trace" className="flex-1">
          It was deleted, or has not arrived yet.
        </EmptyState>
      ) : (
        <PanelSplit
          look={look}
          pane={search.pane === "detail" ? "detail" : "spans"}
          onBack={() => change({ pane: undefined })}
          left={
            tree.data ? (
              <SpanBrowser
                key={traceId}
                tree={tree.data}
                search={search}
                onChange={change}
                onOpen={(how) => {
                  if (isNarrow()) change({ pane: "detail" });
                  else if (how === "enter") details.current?.focus();
                }}
                focus={full}
              />
            ) : tree.error ? (
              <ErrorState error={tree.error} onRetry={tree.refetch} className="h-full" />
            ) : (
              <LoadingRows />
            )
          }
          rightRef={details}
          right={
            hasTime && (
              <DetailPane
                kind={shown === traceId ? "trace" : "span"}
                id={shown}
                traceId={traceId}
                projectId={projectId}
                tab={search.tab}
                onTab={(tab) => change({ tab }, "walk")}
                onFilter={props.onFilter}
                onAddColumn={props.onAddColumn}
              />
            )
          }
        />
      )}
      <TracePicker
        open={dialog === "compare"}
        onOpenChange={(open) => setDialog(open ? "compare" : null)}
        title="Compare with"
        projectId={projectId}
        name={trace?.name}
        without={[traceId]}
        onPick={(other) =>
          navigate({
            to: "/projects/$projectId/compare",
            params: { projectId },
            search: { a: traceId, b: other },
          })
        }
      />
      <ConfirmDialog
        open={dialog === "delete"}
        onOpenChange={(open) => setDialog(open ? "delete" : null)}
        title="Delete this trace?"
        confirm="Delete the trace"
        onConfirm={async () => {
          await deleteTrace(traceId);
          toast("The trace was deleted");
          if (onNext) onNext();
          else onClose();
          client.removeQueries({ queryKey: ["trace", traceId] });
          await client.invalidateQueries({ queryKey: ["slice", projectId] });
        }}
      >
        <p>
          “{trace?.name}”{tree.data ? ` and its ${formatNumber(tree.data.spans.count)} spans` : ""}{" "}
          will be gone, with scores, comments and attachments. This cannot be undone.
        </p>
      </ConfirmDialog>
    </PanelFrame>
  );
}
