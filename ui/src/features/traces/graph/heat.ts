import type { GraphNode } from "./infer-graph";

export const HEATS = [
  { value: "duration", label: "Time" },
  { value: "cost", label: "Cost" },
  { value: "errors", label: "Errors" },
] as const;
export type Heat = (typeof HEATS)[number]["value"];

/** How much of the most each node has, 0 to 1. The trace itself is all of it, and tells nothing. */
export function heatOf(nodes: readonly GraphNode[], heat: Heat): Map<string, number> {
  const steps = nodes.filter((node) => node.type !== "trace");
  const most = Math.max(0, ...steps.map((node) => node[heat]));
  return new Map(steps.map((node) => [node.id, most > 0 ? node[heat] / most : 0]));
}
