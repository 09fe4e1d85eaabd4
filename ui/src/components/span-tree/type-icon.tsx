import { Box, type LucideIcon, ShieldCheck, Sparkles, Waypoints, Wrench } from "lucide-react";
import type { ReactElement } from "react";
import { cn } from "@/lib/cn";
import type { NodeType } from "./model";

const ICONS: Record<NodeType, LucideIcon> = {
  trace: Waypoints,
  llm: Sparkles,
  general: Box,
  tool: Wrench,
  guardrail: ShieldCheck,
};
const COLOURS: Record<NodeType, string> = {
  trace: "text-type-trace",
  llm: "text-type-llm",
  general: "text-type-general",
  tool: "text-type-tool",
  guardrail: "text-type-guardrail",
};
export const TYPE_LABELS: Record<NodeType, string> = {
  trace: "Trace",
  llm: "LLM",
  general: "General",
  tool: "Tool",
  guardrail: "Guardrail",
};

const draw = (type: NodeType, className: string): ReactElement => {
  const Icon = ICONS[type];
  return (
    <Icon
      role="img"
      aria-label={TYPE_LABELS[type]}
      className={cn("size-3.5 shrink-0", COLOURS[type], className)}
    />
  );
};
// Drawn once: a list that scrolls shows hundreds of them a second.
const drawn = new Map<string, ReactElement>();

/** The kind of a span; its name is for screen readers too. */
export function TypeIcon({ type, className = "" }: { type: NodeType; className?: string }) {
  const key = `${type} ${className}`;
  let icon = drawn.get(key);
  if (!icon) {
    icon = draw(type in ICONS ? type : "general", className);
    drawn.set(key, icon);
  }
  return icon;
}
