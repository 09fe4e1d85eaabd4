import { memo } from "react";
import type { Placed } from "./layout";

// px of a line for an edge of one call, and of very many.
const THIN = 1.25;
const THICK = 3.5;

/** The arrows between the nodes; thicker the more often. */
export const GraphEdges = memo(function GraphEdges({ placed }: { placed: Placed }) {
  return (
    <svg
      aria-hidden="true"
      width={placed.width}
      height={placed.height}
      className="pointer-events-none absolute inset-0 overflow-visible"
    >
      <defs>
        <marker
          id="graph-arrow"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          markerUnits="userSpaceOnUse"
          orient="auto-start-reverse"
        >
          <path d="M0 0.5L8 4L0 7.5z" className="fill-muted-foreground" />
        </marker>
      </defs>
      {placed.edges.map((edge) => (
        <g key={`${edge.from}>${edge.to}>${edge.kind}`}>
          <path
            d={edge.path}
            fill="none"
            className="stroke-muted-foreground"
            strokeWidth={Math.min(THICK, THIN + Math.log10(Math.max(1, edge.count)))}
            strokeOpacity={edge.kind === "call" ? 0.75 : 0.6}
            strokeDasharray={edge.kind === "call" ? undefined : "4 4"}
            markerEnd="url(#graph-arrow)"
          />
          {(edge.label || edge.count > 1) && (
            <text
              x={edge.labelX}
              y={edge.labelY}
              textAnchor="middle"
              dominantBaseline="central"
              className="fill-muted-foreground stroke-surface text-xs tabular"
              strokeWidth={4}
              paintOrder="stroke"
            >
              {edge.label ?? `${edge.count}×`}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
});
