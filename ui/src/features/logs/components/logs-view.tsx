import { memo, type ReactNode, Suspense, useCallback, useDeferredValue, useState } from "react";
import type { EntityType } from "@/api/types";
import { ExploreBar } from "@/components/explore/explore-bar";
import { HistogramStrip } from "@/components/explore/histogram-strip";
import { KpiStrip } from "@/components/explore/kpi-strip";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { useStored } from "@/hooks/use-stored";
import type { Slice } from "@/lib/slice";
import { type ChangeLogs, type PanelControls, useLogPanel } from "../hooks/use-log-panel";
import { useLogs } from "../hooks/use-logs";
import type { LogsSearch } from "../lib/logs-search";
import { EmptyProject } from "./empty-project";
import { FacetsPane } from "./facets-pane";
import { LogsTable } from "./logs-table";

/** The logs of one kind of rows: the question on top, its values on the left, the rows, and the open one over them. */
export function LogsView({
  projectId,
  entity,
  search,
  onChange,
  renderPanel,
}: {
  projectId: string;
  entity: EntityType;
  search: LogsSearch;
  onChange: ChangeLogs;
  renderPanel: (controls: PanelControls) => ReactNode;
}) {
  const logs = useLogs(projectId, entity, search, onChange);
  const { figures, rows, layout } = logs;
  const panel = useLogPanel(entity, search, onChange, rows.source, layout.add);
  const [hasFacets, setFacets] = useStored("logs.facets", true);
  const [isSheetOpen, setSheet] = useState(false);
  useHotkeys([
    { keys: "r", label: "Read again", group: "Logs", run: logs.refresh },
    {
      keys: "l",
      label: "Let new rows flow in",
      group: "Logs",
      run: () => onChange({ live: search.live ? undefined : true }),
    },
    {
      keys: "shift+f",
      label: "Show or hide the values",
      group: "Logs",
      run: () => setFacets(!hasFacets),
    },
  ]);

  // What the panel leaves free is for the rows: one walks them beside it. The panel comes first:
  // the table takes its new width when there is time.
  const isPanelOpen = useDeferredValue(Boolean(search.trace ?? search.thread));
  if (logs.isEmptyProject) {
    return <EmptyProject projectId={projectId} isLive={logs.live.isConnected} />;
  }
  const parts = { projectId, entity, search, onChange };
  return (
    <div className="flex h-full min-h-0 flex-col max-sm:h-auto max-sm:min-h-full">
      <Question {...parts} isReady={figures === logs.slice} />
      <Figures projectId={projectId} slice={figures} onChange={onChange} />
      <div className="flex min-h-0 flex-1 max-sm:h-[75vh] max-sm:flex-none">
        <FacetsPane
          {...parts}
          isReady={logs.areFiguresHere}
          isOpen={hasFacets && !isPanelOpen}
          isSheetOpen={isSheetOpen}
          onSheet={setSheet}
        />
        <LogsTable
          logs={logs}
          panel={panel}
          hasFacets={hasFacets}
          onFacets={() => setFacets(!hasFacets)}
          onSheet={() => setSheet(true)}
        />
      </div>
      <Suspense>{renderPanel(panel.controls)}</Suspense>
    </div>
  );
}

/** These three are drawn anew when the question changes, not with each row that comes or is selected. */
const Question = memo(function Question(props: {
  projectId: string;
  entity: EntityType;
  search: LogsSearch;
  onChange: ChangeLogs;
  isReady: boolean;
}) {
  return (
    <div className="shrink-0 border-b border-border px-3 py-2">
      <ExploreBar {...props} />
    </div>
  );
});

const Figures = memo(function Figures({
  projectId,
  slice,
  onChange,
}: {
  projectId: string;
  slice: Slice | undefined;
  onChange: ChangeLogs;
}) {
  const onRange = useCallback((from: string, to: string) => onChange({ from, to }), [onChange]);
  const onReset = useCallback(() => onChange({ from: undefined, to: undefined }), [onChange]);
  // As high before they are asked for as they will be.
  if (!slice) return <div className="h-[149px] shrink-0 border-b border-border max-md:h-[197px]" />;
  return (
    <div className="shrink-0 border-b border-border">
      <KpiStrip projectId={projectId} slice={slice} />
      <HistogramStrip projectId={projectId} slice={slice} onRange={onRange} onReset={onReset} />
    </div>
  );
});
