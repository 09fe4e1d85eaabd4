/** The graph of an agent, read from what its spans did: who called whom, and what came after what. */

import {
  costOf,
  durationOf,
  errorOf,
  type NodeType,
  nameOf,
  type TreeModel,
  typeOf,
} from "@/components/span-tree/model";

export type GraphNode = {
  id: string;
  label: string;
  /** Null for a node of a drawn graph that no span ran. */
  type: NodeType | null;
  /** Rows of the tree that ran this node, in the tree's order. */
  rows: number[];
  /** ms in all calls together. */
  duration: number;
  cost: number;
  errors: number;
};

/** `call`: the one started the other. `then`: under one parent, the other came next. */
export type EdgeKind = "call" | "then";
export type GraphEdge = {
  from: string;
  to: string;
  kind: EdgeKind;
  count: number;
  label?: string;
};

export type AgentGraph = {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** Kinds of steps that are not drawn, because there are too many. */
  left: number;
};

// What a person can still read, and the layout does in a blink.
const MOST_NODES = 80;

const SEPARATOR = "\u0000";

export function inferGraph(model: TreeModel, most = MOST_NODES): AgentGraph {
  const plain = collect(model, (name) => name);
  // Names with a number in them (chunk 1, chunk 2 …) are one step when they would be too many.
  const nodes = plain.size > most ? collect(model, (name) => name.replace(/\d+/g, "#")) : plain;
  const keyOf = new Array<string>(model.count);
  for (const [key, node] of nodes) for (const row of node.rows) keyOf[row] = key;

  const kept = new Set(
    [...nodes.values()]
      .sort(
        (a, b) =>
          (b.type === "trace" ? 1 : 0) - (a.type === "trace" ? 1 : 0) || b.duration - a.duration,
      )
      .slice(0, most)
      .map((node) => node.id),
  );
  const edges = new Map<string, GraphEdge>();
  const link = (from: string | undefined, to: string | undefined, kind: EdgeKind) => {
    if (from === undefined || to === undefined || !kept.has(from) || !kept.has(to)) return;
    const key = [from, to, kind].join(SEPARATOR);
    const edge = edges.get(key);
    if (edge) edge.count += 1;
    else edges.set(key, { from, to, kind, count: 1 });
  };
  // The child of each parent that was seen last: rows come in order of start.
  const before = new Int32Array(model.count).fill(-1);
  for (let row = 1; row < model.count; row++) {
    const above = model.parent[row] ?? 0;
    const earlier = before[above] ?? -1;
    link(keyOf[above], keyOf[row], "call");
    // What began before the other was over ran beside it, not after.
    if (earlier > 0 && (model.end[earlier] ?? 0) <= (model.start[row] ?? 0)) {
      link(keyOf[earlier], keyOf[row], "then");
    }
    before[above] = row;
  }
  return {
    nodes: [...nodes.values()].filter((node) => kept.has(node.id)),
    edges: [...edges.values()],
    left: nodes.size - kept.size,
  };
}

function collect(model: TreeModel, alias: (name: string) => string): Map<string, GraphNode> {
  const nodes = new Map<string, GraphNode>();
  for (let row = 0; row < model.count; row++) {
    const type = typeOf(model, row);
    const label = alias(nameOf(model, row));
    const id = `${type}${SEPARATOR}${label}`;
    let node = nodes.get(id);
    if (!node) {
      node = { id, label, type, rows: [], duration: 0, cost: 0, errors: 0 };
      nodes.set(id, node);
    }
    node.rows.push(row);
    node.duration += durationOf(model, row) ?? 0;
    node.cost += costOf(model, row) ?? 0;
    if (errorOf(model, row)) node.errors += 1;
  }
  return nodes;
}
