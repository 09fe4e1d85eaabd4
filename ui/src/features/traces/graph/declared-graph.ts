/** The graph that a framework wrote into the metadata of a trace, with the spans that ran its nodes. */

import type { NodeType, TreeModel } from "@/components/span-tree/model";
import { type AgentGraph, type GraphNode, inferGraph } from "./infer-graph";
import { parseMermaid } from "./mermaid";

// What the SDKs of LangGraph and ADK call it: `{format: "mermaid", data: "graph TD …"}`.
const KEY = "_opik_graph_definition";

/** The Mermaid text among metadata, "" if there is none. */
export function graphText(metadata: unknown): string {
  if (typeof metadata !== "object" || metadata === null) return "";
  const found = (metadata as Record<string, unknown>)[KEY];
  if (typeof found === "string") return found;
  if (typeof found !== "object" || found === null) return "";
  const { data, format } = found as { data?: unknown; format?: unknown };
  return typeof data === "string" && (format === undefined || format === "mermaid") ? data : "";
}

// What graphs call the step in which a tool, or a model, is called.
const TYPES: Record<string, NodeType> = {
  tool: "tool",
  tools: "tool",
  llm: "llm",
  model: "llm",
  call_model: "llm",
  guardrail: "guardrail",
  guardrails: "guardrail",
};

/** Of spans whose names begin with the node's (`decide: flights` for `decide`), or that are of the type it is called after. */
function alike(ran: readonly GraphNode[], label: string): GraphNode | undefined {
  const type = TYPES[label];
  const begins = (node: GraphNode) =>
    node.type !== "trace" &&
    node.label.toLowerCase().startsWith(label) &&
    !/^[\p{L}\p{N}_]/u.test(node.label.slice(label.length));
  const named = ran.filter(begins);
  const same = named.length > 0 ? named : ran.filter((node) => type && node.type === type);
  const [first] = same;
  if (!first) return undefined;
  const sum = (of: (node: GraphNode) => number) => same.reduce((all, node) => all + of(node), 0);
  return {
    ...first,
    rows: same.flatMap((node) => node.rows).sort((x, y) => x - y),
    duration: sum((node) => node.duration),
    cost: sum((node) => node.cost),
    errors: sum((node) => node.errors),
  };
}

/** Null if the text is no flowchart. A node is run by the spans of its name, else by those that are alike. */
export function declaredGraph(
  text: string,
  model: TreeModel,
): (AgentGraph & { direction: "TB" | "LR" }) | null {
  const chart = parseMermaid(text);
  if (!chart) return null;
  // As many nodes as there are, so that none is left out before it is looked for.
  const ran = inferGraph(model, Number.POSITIVE_INFINITY).nodes;
  const named = new Map<string, GraphNode>();
  for (const node of ran) {
    const key = node.label.toLowerCase();
    // Of two kinds with one name the one that took longer is the step; the other is inside it.
    const other = named.get(key);
    if (node.type !== "trace" && (!other || other.duration < node.duration)) named.set(key, node);
  }
  const nodes = chart.nodes.map(({ id, label }): GraphNode => {
    const match =
      named.get(label.toLowerCase()) ??
      named.get(id.toLowerCase()) ??
      alike(ran, label.toLowerCase());
    return match
      ? { ...match, id, label }
      : { id, label, type: null, rows: [], duration: 0, cost: 0, errors: 0 };
  });
  return {
    direction: chart.direction,
    nodes,
    edges: chart.edges.map(({ from, to, label, dotted }) => ({
      from,
      to,
      kind: dotted ? "then" : "call",
      count: 0,
      ...(label ? { label } : {}),
    })),
    left: 0,
  };
}
