import type { NodeType } from "@/components/span-tree/model";

/** The fill of a bar, and the name of its colour for canvases. */
export const TYPE_BAR: Record<NodeType, string> = {
  trace: "bg-type-trace",
  llm: "bg-type-llm",
  general: "bg-type-general",
  tool: "bg-type-tool",
  guardrail: "bg-type-guardrail",
};

export const typeVariable = (type: NodeType): string => `--type-${type}`;
