import { Badge } from "@/components/ui/badge";
import { useNow } from "@/hooks/use-now";
import { formatTime } from "@/lib/format";
import type { Destination } from "../api/types";
import { waitText } from "../lib/waits";

const TONES = { on: "success", off: "outline", paused: "warning", broken: "danger" } as const;

/** How a destination is, in a word or two; the rest is in the title. */
export function StatusBadge({ destination }: { destination: Destination }) {
  const { status, paused_until: until } = destination;
  const now = useNow(1000);
  const left = until ? Math.max(0, Date.parse(until) - now) : 0;
  const words = status !== "paused" || left === 0 ? status : `paused, ${waitText(left)}`;
  return (
    <Badge tone={TONES[status]} title={titleOf(destination)} className="tabular">
      {words}
    </Badge>
  );
}

function titleOf(destination: Destination): string {
  if (destination.status === "broken") return destination.problem ?? "It cannot be used";
  if (destination.status === "paused")
    return `Tried again at ${formatTime(destination.paused_until)}`;
  if (destination.status === "on") return "Calls are sent as they end";
  return destination.enabled ? "Broadcast is off for the workspace" : "Turned off";
}
