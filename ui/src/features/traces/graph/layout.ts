/** Places the nodes of a graph in layers. */

import dagre from "@dagrejs/dagre";
import type { AgentGraph, GraphEdge, GraphNode } from "./infer-graph";

export const NODE_HEIGHT = 46;
const LEAST_WIDTH = 96;
const MOST_WIDTH = 220;
// px of a letter at 12 px, and of icon and padding.
const LETTER = 6.7;
const AROUND = 44;

export type PlacedNode = GraphNode & { x: number; y: number; width: number };
export type PlacedEdge = GraphEdge & { path: string; labelX: number; labelY: number };
export type Placed = { nodes: PlacedNode[]; edges: PlacedEdge[]; width: number; height: number };

type Point = { x: number; y: number };

export function layout(graph: AgentGraph, direction: "TB" | "LR"): Placed {
  const drawn = new dagre.graphlib.Graph({ multigraph: true });
  drawn.setGraph({
    rankdir: direction,
    nodesep: 28,
    ranksep: 52,
    edgesep: 14,
    marginx: 24,
    marginy: 24,
  });
  drawn.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) {
    drawn.setNode(node.id, { width: widthOf(node), height: NODE_HEIGHT });
  }
  for (const edge of graph.edges) {
    if (edge.from === edge.to) continue;
    // The calls make the layers; what came after what only bends along.
    drawn.setEdge(
      edge.from,
      edge.to,
      { weight: edge.kind === "call" ? 3 : 1, minlen: 1 },
      edge.kind,
    );
  }
  dagre.layout(drawn);
  const nodes = graph.nodes.map((node): PlacedNode => {
    const { x = 0, y = 0 } = drawn.node(node.id) as Partial<Point>;
    return { ...node, x, y, width: widthOf(node) };
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const edges = graph.edges.map((edge): PlacedEdge => {
    const at = byId.get(edge.from);
    if (edge.from === edge.to && at) return { ...edge, ...loop(at) };
    const found = drawn.edge(edge.from, edge.to, edge.kind) as { points?: Point[] } | undefined;
    const points = found?.points ?? [];
    const middle = points[Math.floor(points.length / 2)] ?? { x: 0, y: 0 };
    return { ...edge, path: curve(points), labelX: middle.x, labelY: middle.y };
  });
  const { width = 0, height = 0 } = drawn.graph() as { width?: number; height?: number };
  return { nodes, edges, width, height };
}

const widthOf = (node: GraphNode): number =>
  Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, node.label.length * LETTER + AROUND));

/** Out of the right side and in again. */
function loop(node: PlacedNode): { path: string; labelX: number; labelY: number } {
  const x = node.x + node.width / 2;
  const { y } = node;
  return {
    path: `M${x} ${y - 8}C${x + 34} ${y - 26} ${x + 34} ${y + 26} ${x} ${y + 8}`,
    labelX: x + 26,
    labelY: y,
  };
}

/** A smooth line through the middles between the points. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  rest.forEach((point, i) => {
    const next = rest[i + 1];
    if (!next) path += `L${point.x} ${point.y}`;
    else path += `Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`;
  });
  return path;
}
