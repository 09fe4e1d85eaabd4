import { Badge } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import type { Density } from "../types";
import { Missing } from "./time-cell";

/** Short texts as chips; all of them on hover. */
export function TagsCell({
  tags,
  density,
}: {
  tags: readonly string[] | null | undefined;
  density: Density;
}) {
  if (!tags || tags.length === 0) return <Missing />;
  return (
    <span
      title={tags.join(", ")}
      className={cn(
        "flex min-w-0 gap-1 overflow-hidden",
        density === "s" ? "flex-nowrap" : "max-h-full flex-wrap gap-y-0.5",
      )}
    >
      {tags.map((tag) => (
        <Badge key={tag} className={cn("shrink-0", density !== "l" && "h-4.5")}>
          {tag}
        </Badge>
      ))}
    </span>
  );
}
