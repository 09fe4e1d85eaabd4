import { cn } from "@/lib/cn";
import { formatCost, formatPercent } from "@/lib/format";
import type { GatewayKey } from "../api/types";
import { spentShare } from "../lib/key-draft";

const PER = { daily: "a day", weekly: "a week", monthly: "a month" } as const;
/** From here on a limit is worth a look. */
const NEAR = 0.8;

/** What of the limit is spent, and the limit. */
export function SpendBar({ apiKey }: { apiKey: GatewayKey }) {
  const share = spentShare(apiKey);
  if (share === undefined || apiKey.limit === null)
    return <span className="text-muted-foreground">none</span>;
  const words = `${formatCost(apiKey.limit)} ${apiKey.limit_reset ? PER[apiKey.limit_reset] : "in all"}`;
  return (
    <span
      className="flex items-center gap-2"
      title={`${formatCost(apiKey.limit - (apiKey.limit_remaining ?? apiKey.limit))} of ${words}: ${formatPercent(share)}`}
    >
      <span aria-hidden className="h-1.5 w-16 shrink-0 overflow-hidden rounded-full bg-muted">
        <span
          className={cn(
            "block h-full rounded-full",
            share >= 1 ? "bg-danger" : share >= NEAR ? "bg-warning" : "bg-primary",
          )}
          style={{ width: `${share * 100}%` }}
        />
      </span>
      <span className="sr-only">{formatPercent(share)} of</span>
      <span className="tabular">{words}</span>
    </span>
  );
}
