import { lazy, Suspense, useCallback, useEffect, useMemo, useRef } from "react";
import type { TraceTree } from "@/api/types";
import { buildTree } from "@/components/span-tree/model";
import { EmptyState, Spinner } from "@/components/ui/states";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { useStored } from "@/hooks/use-stored";
import type { TraceSearch } from "@/lib/trace-search";
import { DEFAULT_DETAILS, type RowDetail } from "../tree/row-details";
import { TreeView } from "../tree/tree-view";
import { useSpanView } from "../use-span-view";
import type { ChangeSearch } from "../use-trace-search";
import { BrowserFooter } from "./browser-footer";
import { BrowserToolbar } from "./browser-toolbar";

const TimelineView = lazy(() =>
  import("../timeline/timeline-view").then((m) => ({ default: m.TimelineView })),
);
const GraphView = lazy(() => import("../graph/graph-view").then((m) => ({ default: m.GraphView })));

/** The spans of a trace: as a tree, on a timeline, or as a graph. */
export function SpanBrowser({
  tree,
  search,
  onChange,
  onOpen,
  focus,
}: {
  tree: TraceTree;
  search: TraceSearch;
  onChange: ChangeSearch;
  /** Goes to the details of what is chosen. */
  onOpen: (how: "click" | "enter") => void;
  /** Takes the focus when shown. */
  focus: boolean;
}) {
  const model = useMemo(() => buildTree(tree), [tree]);
  const select = useCallback(
    (id: string | undefined) => onChange({ span: id }, "walk"),
    [onChange],
  );
  const view = useSpanView(model, search, select);
  const [stored, setStored] = useStored<readonly RowDetail[]>("trace.row-details", DEFAULT_DETAILS);
  const details = useMemo(() => new Set(stored), [stored]);
  const findRef = useRef<HTMLInputElement>(null);
  const bodyRef = useRef<HTMLDivElement>(null);
  const toRows = useCallback(
    () => bodyRef.current?.querySelector<HTMLElement>('[role="tree"]')?.focus(),
    [],
  );
  useEffect(() => {
    if (focus) toRows();
  }, [focus, toRows]);
  const group = "Trace";
  useHotkeys([
    { keys: "t", label: "To the spans", group, run: toRows },
    { keys: "mod+f", label: "Find in the trace", group, run: () => findRef.current?.focus() },
    { keys: "e", label: "Next error", group, run: () => view.toError(1) },
    { keys: "shift+e", label: "Last error", group, run: () => view.toError(-1) },
  ]);
  const look = search.look ?? "tree";
  return (
    <div className="flex h-full min-h-0 flex-col">
      <BrowserToolbar
        view={view}
        find={search.find ?? ""}
        only={search.only}
        onFind={(find) => onChange({ find: find || undefined }, "walk")}
        onOnly={(only) => onChange({ only }, "walk")}
        details={details}
        onDetails={look === "tree" ? setStored : undefined}
        findRef={findRef}
        onLeave={toRows}
      />
      <div ref={bodyRef} className="relative min-h-0 flex-1">
        {view.kept?.hits === 0 && !view.searching && look !== "graph" ? (
          <EmptyState title="No span matches" className="h-full">
            <button
              type="button"
              className="underline"
              onClick={() => onChange({ find: undefined, only: undefined }, "walk")}
            >
              Show all spans
            </button>
          </EmptyState>
        ) : (
          <Suspense
            fallback={
              <div className="p-4">
                <Spinner />
              </div>
            }
          >
            {look === "tree" && <TreeView view={view} details={details} onOpen={onOpen} />}
            {look === "timeline" && <TimelineView view={view} onOpen={onOpen} />}
            {look === "graph" && <GraphView view={view} />}
          </Suspense>
        )}
      </div>
      <BrowserFooter
        model={model}
        orphaned={tree.orphaned}
        complete={tree.complete}
        onErrors={() => onChange({ only: search.only === "errors" ? undefined : "errors" }, "walk")}
      />
    </div>
  );
}
