import { type ReactNode, Suspense, useState } from "react";
import type { EntityType } from "@/api/types";
import { ExploreBar } from "@/components/explore/explore-bar";
import { HistogramStrip } from "@/components/explore/histogram-strip";
import { KpiStrip } from "@/components/explore/kpi-strip";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { useStored } from "@/hooks/use-stored";
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

  if (logs.isEmptyProject) {
    return <EmptyProject projectId={projectId} isLive={logs.live.isConnected} />;
  }
  // What the panel leaves free is for the rows: one walks them beside it.
  const isPanelOpen = Boolean(search.trace ?? search.thread);
  const parts = { projectId, entity, search, onChange };
  return (
    <div className="flex h-full min-h-0 flex-col max-sm:h-auto max-sm:min-h-full">
      <div className="shrink-0 border-b border-border px-3 py-2">
        <ExploreBar {...parts} />
      </div>
      <div className="shrink-0 border-b border-border">
        {figures ? (
          <>
            <KpiStrip projectId={projectId} slice={figures} />
            <HistogramStrip
              projectId={projectId}
              slice={figures}
              onRange={(from, to) => onChange({ from, to })}
              onReset={() => onChange({ from: undefined, to: undefined })}
            />
          </>
        ) : (
          // As high as they will be.
          <div className="h-[148px] max-md:h-[196px]" />
        )}
      </div>
      <div className="flex min-h-0 flex-1 max-sm:h-[75vh] max-sm:flex-none">
        <FacetsPane
          {...parts}
          isReady={figures !== undefined}
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
