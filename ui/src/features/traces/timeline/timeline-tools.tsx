import { FoldHorizontal, Route, ZoomIn, ZoomOut } from "lucide-react";
import { memo } from "react";
import { Button } from "@/components/ui/button";
import { Tooltip } from "@/components/ui/tooltip";
import { Toggle } from "../browser/browser-toolbar";

/** What one press zooms by. */
export const ZOOM_STEP = 0.6;

/** Beside the axis: what is drawn, and which part of the time. */
export const TimelineTools = memo(function TimelineTools({
  critical,
  onCritical,
  squeeze,
  onSqueeze,
  zoomed,
  onZoom,
  onAll,
  seen,
}: {
  critical: boolean;
  onCritical: (critical: boolean) => void;
  /** Null where there is no idle time to squeeze. */
  squeeze: boolean | null;
  onSqueeze: (squeeze: boolean) => void;
  zoomed: boolean;
  onZoom: (factor: number) => void;
  onAll: () => void;
  /** How much time is seen, in words. */
  seen: string;
}) {
  return (
    <div className="flex w-(--names) shrink-0 flex-wrap content-center items-center gap-0.5 overflow-hidden border-r border-b border-border px-1.5">
      <Toggle label="Critical path" pressed={critical} onPress={() => onCritical(!critical)}>
        <Route />
      </Toggle>
      {squeeze !== null && (
        <Toggle
          label="Squeeze time in which nothing runs"
          pressed={squeeze}
          onPress={() => onSqueeze(!squeeze)}
        >
          <FoldHorizontal />
        </Toggle>
      )}
      <Tooltip label="Zoom in" keys="+">
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label="Zoom in"
          onClick={() => onZoom(ZOOM_STEP)}
        >
          <ZoomIn />
        </Button>
      </Tooltip>
      <Tooltip label="Show all of it" keys="0">
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label="Show all of it"
          disabled={!zoomed}
          onClick={onAll}
        >
          <ZoomOut />
        </Button>
      </Tooltip>
      <span className="truncate pl-1 text-xs text-muted-foreground tabular">{seen}</span>
    </div>
  );
});
