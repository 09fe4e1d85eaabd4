import { CircleAlert, CircleDashed } from "lucide-react";
import { memo } from "react";
import { TypeIcon } from "@/components/span-tree/type-icon";
import { cn } from "@/lib/cn";
import { formatCost, formatCount, formatDuration } from "@/lib/format";
import type { Heat } from "./heat";
import { NODE_HEIGHT, type PlacedNode } from "./layout";

// Of the danger colour in the hottest node: its text must stay readable.
const HOTTEST = 34;

/** A step of the graph. Pressed again it goes on to the next of its spans. */
export const GraphNodeButton = memo(function GraphNodeButton({
  node,
  heat,
  kind,
  chosen,
  onChoose,
}: {
  node: PlacedNode;
  heat: number;
  kind: Heat;
  /** Which of its spans is chosen, -1 for none. */
  chosen: number;
  onChoose: () => void;
}) {
  const ran = node.rows.length;
  return (
    <button
      type="button"
      onClick={onChoose}
      disabled={ran === 0}
      aria-pressed={chosen >= 0}
      title={node.label}
      className={cn(
        "absolute flex flex-col justify-center rounded-md border bg-raised px-2 text-left shadow-xs transition-shadow hover:shadow-md",
        chosen >= 0 ? "border-primary ring-2 ring-primary" : "border-border-strong",
        ran === 0 && "border-dashed opacity-75",
      )}
      style={{
        left: node.x - node.width / 2,
        top: node.y - NODE_HEIGHT / 2,
        width: node.width,
        height: NODE_HEIGHT,
        ...(heat > 0
          ? {
              backgroundColor: `color-mix(in oklab, var(${kind === "errors" ? "--danger" : "--warning"}) ${Math.round(heat * HOTTEST)}%, var(--raised))`,
            }
          : {}),
      }}
    >
      <span className="flex items-center gap-1.5">
        {node.type ? (
          <TypeIcon type={node.type} />
        ) : (
          <CircleDashed aria-hidden className="size-3.5 shrink-0 text-muted-foreground" />
        )}
        <span className="truncate text-sm font-medium">{node.label}</span>
        {node.errors > 0 && (
          <span className="ml-auto inline-flex shrink-0 items-center gap-0.5 text-xs text-danger tabular">
            <CircleAlert role="img" aria-label="Errors" className="size-3" />
            {node.errors}
          </span>
        )}
      </span>
      <span className="truncate text-xs text-foreground/80 tabular">
        {chosen >= 0 && ran > 1 ? `${chosen + 1} of ${formatCount(ran)}` : figures(node, kind)}
      </span>
    </button>
  );
});

function figures(node: PlacedNode, kind: Heat): string {
  if (node.rows.length === 0) return "did not run";
  const parts = [`${formatCount(node.rows.length)}×`, formatDuration(node.duration)];
  if (kind === "cost" && node.cost > 0) parts[1] = formatCost(node.cost);
  return parts.join(" · ");
}
