import { useQuery } from "@tanstack/react-query";
import { Maximize, Minus, Plus } from "lucide-react";
import { useMemo, useRef } from "react";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { EmptyState } from "@/components/ui/states";
import { Tooltip } from "@/components/ui/tooltip";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { useStored } from "@/hooks/use-stored";
import { traceMetadataQuery } from "../api/trace-metadata";
import type { SpanView } from "../use-span-view";
import { declaredGraph, graphText } from "./declared-graph";
import { GraphEdges } from "./graph-edges";
import { GraphNodeButton } from "./graph-node";
import { HEATS, type Heat, heatOf } from "./heat";
import { inferGraph } from "./infer-graph";
import { layout } from "./layout";
import { usePanZoom } from "./use-pan-zoom";

const STEP = 1.25;

/** What the agent did as a graph: its steps, who called whom, and what came after what. */
export function GraphView({ view }: { view: SpanView }) {
  const { model, selected } = view;
  const [heat, setHeat] = useStored<Heat>("trace.graph.heat", "duration");
  const [kind, setKind] = useStored<"declared" | "inferred">("trace.graph.kind", "declared");
  const metadata = useQuery(traceMetadataQuery(model.trace.id));
  const text = graphText(metadata.data);
  const declared = useMemo(() => (text ? declaredGraph(text, model) : null), [text, model]);
  const inferred = useMemo(() => inferGraph(model), [model]);
  const drawn = kind === "declared" && declared ? declared : null;
  const graph = drawn ?? inferred;
  const direction = drawn?.direction ?? "TB";
  const placed = useMemo(() => layout(graph, direction), [graph, direction]);
  const heats = useMemo(() => heatOf(graph.nodes, heat), [graph, heat]);
  const area = useRef<HTMLDivElement>(null);
  const { view: at, zoomBy, fit } = usePanZoom(area, placed);
  const group = "Graph";
  useHotkeys([
    { keys: "+", label: "Zoom in", group, run: () => zoomBy(STEP) },
    { keys: "=", label: "Zoom in", group, run: () => zoomBy(STEP) },
    { keys: "-", label: "Zoom out", group, run: () => zoomBy(1 / STEP) },
    { keys: "0", label: "Show all of it", group, run: fit },
  ]);
  if (model.count <= 1) return <EmptyState title="This trace has no spans" className="h-full" />;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex min-h-9 shrink-0 flex-wrap items-center gap-2 border-b border-border px-2 py-1">
        <Segmented
          label="Colour by"
          value={heat}
          options={HEATS}
          onChange={setHeat}
          className="h-6.5"
        />
        {declared && (
          <Segmented
            label="Graph"
            value={kind}
            options={[
              { value: "declared", label: "As declared" },
              { value: "inferred", label: "As it ran" },
            ]}
            onChange={setKind}
            className="h-6.5"
          />
        )}
        <span className="flex-1" />
        <Tooltip label="Zoom out" keys="-">
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label="Zoom out"
            onClick={() => zoomBy(1 / STEP)}
          >
            <Minus />
          </Button>
        </Tooltip>
        <Tooltip label="Zoom in" keys="+">
          <Button variant="ghost" size="icon-sm" aria-label="Zoom in" onClick={() => zoomBy(STEP)}>
            <Plus />
          </Button>
        </Tooltip>
        <Tooltip label="Show all of it" keys="0">
          <Button variant="ghost" size="icon-sm" aria-label="Show all of it" onClick={fit}>
            <Maximize />
          </Button>
        </Tooltip>
      </div>
      <section
        ref={area}
        aria-label="Graph of steps"
        className="relative min-h-0 flex-1 cursor-grab touch-none overflow-hidden bg-surface active:cursor-grabbing"
      >
        <div
          className="absolute top-0 left-0 origin-top-left"
          style={{
            width: placed.width,
            height: placed.height,
            transform: `translate(${at.x}px, ${at.y}px) scale(${at.scale})`,
          }}
        >
          <GraphEdges placed={placed} />
          {placed.nodes.map((node) => (
            <GraphNodeButton
              key={node.id}
              node={node}
              heat={heats.get(node.id) ?? 0}
              kind={heat}
              chosen={node.rows.indexOf(selected)}
              onChoose={() => {
                const next = node.rows[(node.rows.indexOf(selected) + 1) % node.rows.length];
                if (next !== undefined) view.select(next);
              }}
            />
          ))}
        </div>
        <Legend left={graph.left} declared={drawn !== null} />
      </section>
    </div>
  );
}

function Legend({ left, declared }: { left: number; declared: boolean }) {
  return (
    <div className="pointer-events-none absolute bottom-2 left-2 flex items-center gap-3 rounded-sm bg-surface/85 px-1.5 py-0.5 text-xs text-muted-foreground">
      <span className="flex items-center gap-1">
        <Line /> {declared ? "goes on to" : "calls"}
      </span>
      <span className="flex items-center gap-1">
        <Line dashed /> {declared ? "may go on to" : "comes next"}
      </span>
      {left > 0 && <span>{left} short kinds of steps are left out</span>}
    </div>
  );
}

function Line({ dashed = false }: { dashed?: boolean }) {
  return (
    <svg aria-hidden="true" width="20" height="6">
      <path
        d="M0 3H20"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeDasharray={dashed ? "3 3" : undefined}
      />
    </svg>
  );
}
