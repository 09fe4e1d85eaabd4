import { useEffect, useMemo, useRef, useState } from "react";
import { indentStep } from "@/components/span-tree/guides";
import { TreeList } from "@/components/span-tree/tree-list";
import { Resizer } from "@/components/ui/resizer";
import { useEvent } from "@/hooks/use-event";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { useStored } from "@/hooks/use-stored";
import { formatDuration } from "@/lib/format";
import type { SpanView } from "../use-span-view";
import { AxisGrid, AxisHeader } from "./axis-header";
import { CriticalLine } from "./critical-line";
import { criticalPath } from "./critical-path";
import { HoverCard } from "./hover-card";
import { Minimap } from "./minimap";
import { TIMELINE_ROW, TimelineRow } from "./timeline-row";
import { TimelineTools, ZOOM_STEP } from "./timeline-tools";
import { type Axis, useAxis } from "./use-axis";
import { useRangeDrag } from "./use-range-drag";

/** The spans on a time axis, in the rows of the tree. */
export function TimelineView({
  view,
  onOpen,
}: {
  view: SpanView;
  onOpen: (how: "click" | "enter") => void;
}) {
  const { model, shown, kept, find } = view;
  const [squeeze, setSqueeze] = useStored("trace.timeline.squeeze", true);
  const [critical, setCritical] = useStored("trace.timeline.critical", true);
  const [names, setNames] = useStored("trace.timeline.names", 0.36);
  const axis = useAxis(model, squeeze);
  const path = useMemo(() => criticalPath(model), [model]);
  const area = useRef<HTMLDivElement>(null);
  const scroll = useRef<HTMLDivElement>(null);
  const inner = useInnerWidth(scroll);
  const bars = Math.round(inner * (1 - names));
  const range = useRangeDrag(area, axis);
  useTimelineKeys(axis, view);
  const zoomBy = useEvent((factor: number) => axis.zoomBy(factor));
  const showAll = useEvent(() => axis.showAll());
  const step = indentStep(model.deepest, inner * names * 0.45);
  return (
    <div
      ref={area}
      className="flex h-full min-h-0 flex-col"
      style={{ "--names": `${inner - bars}px` } as React.CSSProperties}
    >
      <div className="flex shrink-0" style={{ width: inner || undefined }}>
        <TimelineTools
          critical={critical}
          onCritical={setCritical}
          squeeze={axis.canSqueeze ? squeeze : null}
          onSqueeze={setSqueeze}
          zoomed={axis.zoomed}
          onZoom={zoomBy}
          onAll={showAll}
          seen={formatDuration(axis.timeAt(1) - axis.timeAt(0))}
        />
        <div className="min-w-0 flex-1">
          <Minimap model={model} shown={shown} axis={axis} width={bars} />
          <AxisHeader axis={axis} width={bars} />
        </div>
      </div>
      <div className="relative min-h-0 flex-1">
        <div className="pointer-events-none absolute inset-y-0 left-0" style={{ width: inner }}>
          <AxisGrid axis={axis} width={bars} />
        </div>
        <TreeList
          {...view.list}
          label="Spans on a timeline"
          rowHeight={TIMELINE_ROW}
          scrollRef={scroll}
          onOpen={onOpen}
          className="h-full"
          over={(first, last) =>
            critical && (
              <CriticalLine
                path={path}
                shown={shown}
                axis={axis}
                first={first}
                last={last}
                width={bars}
              />
            )
          }
        >
          {(place) => {
            const row = shown.rows[place] ?? 0;
            return (
              <TimelineRow
                model={model}
                shown={shown}
                row={row}
                open={view.list.openAt(place)}
                step={step}
                dim={kept !== undefined && kept.hit[row] === 0}
                find={find}
                axis={axis}
              />
            );
          }}
        </TreeList>
        <div
          className="pointer-events-none absolute inset-y-0 left-0 flex"
          style={{ width: inner }}
        >
          <span className="w-(--names) shrink-0" />
          <Resizer
            label="Width of the names"
            className="pointer-events-auto"
            value={names}
            least={0.15}
            most={0.7}
            side="left"
            whole={() => inner}
            onDrag={setNames}
            onChange={setNames}
          />
          <span className="relative flex-1">
            {range && (
              <span
                className="absolute inset-y-0 border-x border-primary bg-primary/15"
                style={{
                  left: `${Math.min(range.from, range.to) * 100}%`,
                  width: `${Math.abs(range.to - range.from) * 100}%`,
                }}
              />
            )}
          </span>
        </div>
      </div>
      <HoverCard area={area} model={model} shown={shown} path={path} />
    </div>
  );
}

/** px inside the scroll bar. */
function useInnerWidth(ref: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

function useTimelineKeys(axis: Axis, view: SpanView): void {
  const group = "Timeline";
  const near = { label: "Zoom in", group, run: () => axis.zoomBy(ZOOM_STEP) };
  useHotkeys([
    { keys: "+", ...near },
    { keys: "=", ...near },
    { keys: "-", label: "Zoom out", group, run: () => axis.zoomBy(1 / ZOOM_STEP) },
    { keys: "0", label: "Show all of it", group, run: axis.showAll },
    {
      keys: "z",
      label: "Zoom to the span",
      group,
      run: () =>
        axis.showTimes(view.model.start[view.selected] ?? 0, view.model.end[view.selected] ?? 0),
    },
    { keys: "shift+arrowleft", label: "Earlier", group, run: () => axis.panBy(-0.2) },
    { keys: "shift+arrowright", label: "Later", group, run: () => axis.panBy(0.2) },
  ]);
}
