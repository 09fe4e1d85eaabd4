import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { ApiError } from "@/api/errors";
import type { Row } from "@/api/types";
import { ColumnPicker } from "@/components/data-table/column-picker";
import { DataTable } from "@/components/data-table/data-table";
import { isEmpty, isSelected, NOTHING } from "@/components/data-table/selection";
import { Button } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/states";
import type { Slice } from "@/lib/slice";
import { statsQuery } from "../api/stats";
import type { LogPanel } from "../hooks/use-log-panel";
import type { Logs } from "../hooks/use-logs";
import { useWork } from "../hooks/use-work";
import { barsOf } from "../lib/bars";
import { exportFields } from "../lib/columns";
import { figuresOf } from "../lib/statistics";
import { tagsOf } from "../lib/tags";
import { everything, NOUN, type Target, targetOf } from "../lib/target";
import { textOf } from "../lib/values";
import { DeleteDialog } from "./delete-dialog";
import { ExportDialog } from "./export-dialog";
import { LogsToolbar } from "./logs-toolbar";
import { NoMatches } from "./no-matches";
import { SelectionBar } from "./selection-bar";
import { WorkBar } from "./work-bar";

type Asking = { kind: "delete" | "export"; target: Target; count: number | undefined };

const rowLabel = (row: Row): string => textOf(row, "name") ?? row.id;

/** The rows with the controls over them, and what is asked and shown when something is done to many. */
export function LogsTable({
  logs,
  panel,
  hasFacets,
  onFacets,
  onSheet,
}: {
  logs: Logs;
  panel: LogPanel;
  hasFacets: boolean;
  onFacets: () => void;
  onSheet: () => void;
}) {
  const { projectId, entity, search, onChange, slice, rows, layout, live, total } = logs;
  const { selection, select } = logs;
  const { columns, shown, view, onView } = layout;
  const [asking, setAsking] = useState<Asking>();
  const work = useWork(projectId, entity);
  const statistics = useStatistics(logs);
  const bars = useMemo(() => barsOf(columns, shown, rows.loaded), [columns, shown, rows.loaded]);
  const onSort = useCallback((sort: string | undefined) => onChange({ sort }), [onChange]);
  const clear = () => select(NOTHING);
  const target = targetOf(selection, slice);
  const count = selection.all ? total : selection.ids.size;

  return (
    <section aria-label="Table" className="flex min-w-0 flex-1 flex-col">
      {isEmpty(selection) ? (
        <LogsToolbar
          entity={entity}
          total={total}
          isFetching={rows.isFetching}
          onRefresh={logs.refresh}
          live={live}
          isLive={Boolean(search.live)}
          onLive={(on) => onChange({ live: on || undefined })}
          hasFacets={hasFacets}
          onFacets={onFacets}
          onSheet={onSheet}
          density={view.density}
          onDensity={(density) => onView({ density })}
          onExport={() => setAsking({ kind: "export", target: everything(slice), count: total })}
          onImport={work.importFile}
          columnPicker={
            <ColumnPicker
              columns={columns}
              shown={shown}
              onShown={layout.onShown}
              pinned={view.pinned}
              onPinned={(pinned) => onView({ pinned })}
              onReset={layout.onReset}
            />
          }
        />
      ) : (
        <SelectionBar
          projectId={projectId}
          entity={entity}
          selection={selection}
          total={total}
          tags={tagsOf(rows.loaded, (id) => isSelected(selection, id))}
          onSelectAll={() => select({ ids: selection.ids, all: true })}
          onClear={clear}
          onTags={async (action, tags) => {
            await work.bulk(action, target, tags);
            clear();
          }}
          onExport={() => setAsking({ kind: "export", target, count })}
          onDelete={() => setAsking({ kind: "delete", target, count })}
        />
      )}
      {rows.error && rows.source.at(0) === undefined ? (
        <Failure
          error={rows.error}
          hasOrder={search.sort !== undefined}
          onRetry={rows.retry}
          onPlainOrder={() => onSort(undefined)}
        />
      ) : (
        <DataTable
          label={`${NOUN[entity][1]} of the project`}
          columns={columns}
          shown={shown}
          onShown={layout.onShown}
          view={view}
          onView={onView}
          rows={rows.source}
          total={total}
          rowLabel={rowLabel}
          sort={logs.sort}
          onSort={onSort}
          statistics={statistics}
          bars={bars}
          selection={selection}
          onSelection={select}
          activeId={panel.activeId}
          onOpen={panel.open}
          isStale={rows.isStale}
          scrollKey={rows.shownQuestion}
          empty={
            logs.isNothing && (
              <NoMatches
                projectId={projectId}
                entity={entity}
                search={search}
                slice={slice}
                onChange={onChange}
              />
            )
          }
        />
      )}
      {work.works.map((one) => (
        <WorkBar key={one.id} work={one} onOver={work.onOver} />
      ))}
      {asking?.kind === "delete" && (
        <DeleteDialog
          projectId={projectId}
          entity={entity}
          target={asking.target}
          count={asking.count}
          onClose={() => setAsking(undefined)}
          onDelete={async () => {
            await work.bulk("delete", asking.target);
            clear();
          }}
        />
      )}
      {asking?.kind === "export" && (
        <ExportDialog
          entity={entity}
          target={asking.target}
          count={asking.count}
          onClose={() => setAsking(undefined)}
          onExport={({ format, withSpans, allColumns }) =>
            work.download(
              {
                format,
                withSpans,
                target: asking.target,
                sort: logs.sort,
                ...(allColumns || format === "jsonl"
                  ? {}
                  : { columns: exportFields(columns, shown) }),
              },
              asking.count ?? 0,
            )
          }
        />
      )}
    </section>
  );
}

/** More rows than this are added up only when somebody asks: that takes the server seconds. */
const MOST_UNASKED = 200_000;

/** The second line of the header. */
function useStatistics({ projectId, slice, areFiguresHere, total, layout }: Logs) {
  const [asked, setAsked] = useState<Slice>();
  const isDue = areFiguresHere && ((total ?? 0) <= MOST_UNASKED || asked === slice);
  const { data, isFetching } = useQuery({ ...statsQuery(projectId, slice), enabled: isDue });
  const first = layout.shown[0];
  return useMemo(() => {
    if (!isDue && areFiguresHere && first)
      return {
        [first]: (
          <button
            key="ask"
            type="button"
            className="text-primary hover:underline"
            title={`Statistics of ${(total ?? 0).toLocaleString()} rows take some seconds`}
            onClick={() => setAsked(slice)}
          >
            Calculate statistics
          </button>
        ),
      };
    if (asked === slice && isFetching && first)
      return { [first]: <span role="status">Calculating…</span> };
    return Object.fromEntries(
      Object.entries(figuresOf(data ?? [])).map(([id, { short, long }]) => [
        id,
        <span key={id} title={long} className="truncate">
          {short}
        </span>,
      ]),
    );
  }, [data, isDue, isFetching, areFiguresHere, asked, slice, first, total]);
}

/** Why there are no rows. An order that the server does not know is given up by a button. */
function Failure({
  error,
  hasOrder,
  onRetry,
  onPlainOrder,
}: {
  error: Error;
  hasOrder: boolean;
  onRetry: () => void;
  onPlainOrder: () => void;
}) {
  const isRefused = error instanceof ApiError && error.status < 500;
  return (
    <div className="flex flex-1 flex-col items-center justify-center">
      <ErrorState error={error} onRetry={isRefused ? undefined : onRetry} />
      {isRefused && hasOrder && <Button onClick={onPlainOrder}>Order by the newest</Button>}
    </div>
  );
}
