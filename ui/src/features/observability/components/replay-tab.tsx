import { useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { FormRow } from "@/components/form/form-row";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { Input } from "@/components/ui/input";
import { formatNumber, formatTime } from "@/lib/format";
import { overviewQuery } from "../api/overview";
import { replayPeriod } from "../api/replay";
import type { Destination } from "../api/types";
import { fromLocalInput, toLocalInput } from "../lib/local-time";
import { useCanEdit } from "../lib/use-can-edit";

const HOUR_MS = 3_600_000;
const LAST = [
  { label: "Last hour", ms: HOUR_MS },
  { label: "Last 24 hours", ms: 24 * HOUR_MS },
  { label: "Last 3 days", ms: 72 * HOUR_MS },
];

/** Sends what ended in a period again, and says how far that is. */
export function ReplayTab({
  destination,
  from,
  to,
  onPeriod,
}: {
  destination: Destination;
  from: string | undefined;
  to: string | undefined;
  onPeriod: (from: string | undefined, to: string | undefined) => void;
}) {
  const client = useQueryClient();
  const canReplay = useCanEdit();
  const [isAsking, setAsking] = useState(false);
  const [started, setStarted] = useState<{ batches: number; replayed: number }>();
  const isOrdered = Boolean(from && to && from < to);
  const replay = async () => {
    const { batches } = await replayPeriod(destination.id, from ?? "", to ?? "");
    setStarted({ batches, replayed: destination.counts.replayed });
    await client.invalidateQueries({ queryKey: overviewQuery().queryKey });
  };
  if (!canReplay)
    return <p className="p-4 text-muted-foreground">Sending again needs an admin key.</p>;
  return (
    <div className="flex max-w-2xl flex-col gap-4 p-4">
      <p className="text-muted-foreground">
        Calls that ended in a period are sent again, by the rules as they are now: sampling, keys,
        filters and privacy. Ids stay the same, so what is there already is not there twice where
        the destination knows ids. Only calls that are still kept can be sent.
      </p>
      <div className="flex flex-wrap gap-1.5">
        {LAST.map(({ label, ms }) => (
          <Button
            key={label}
            size="sm"
            onClick={() => {
              const now = Date.now();
              onPeriod(new Date(now - ms).toISOString(), new Date(now).toISOString());
            }}
          >
            {label}
          </Button>
        ))}
      </div>
      <div className="flex flex-wrap items-start gap-4">
        <FormRow label="From">
          {(props) => (
            <Input
              {...props}
              type="datetime-local"
              value={toLocalInput(from)}
              onChange={(event) => onPeriod(fromLocalInput(event.target.value), to)}
            />
          )}
        </FormRow>
        <FormRow
          label="To"
          error={from && to && !isOrdered ? "Must be after the beginning" : undefined}
        >
          {(props) => (
            <Input
              {...props}
              type="datetime-local"
              value={toLocalInput(to)}
              onChange={(event) => onPeriod(from, fromLocalInput(event.target.value))}
            />
          )}
        </FormRow>
      </div>
      <div>
        <Button variant="primary" disabled={!isOrdered} onClick={() => setAsking(true)}>
          <RotateCcw /> Send again…
        </Button>
      </div>
      {started && (
        <p role="status" className="rounded-md border border-border bg-surface px-3 py-2">
          {formatNumber(started.batches)} {started.batches === 1 ? "batch is" : "batches are"}{" "}
          looked through in the background. Queued again so far:{" "}
          <b className="tabular">
            {formatNumber(Math.max(0, destination.counts.replayed - started.replayed))}
          </b>{" "}
          calls; waiting now: <b className="tabular">{formatNumber(destination.waiting)}</b>.
        </p>
      )}
      {isAsking && (
        <ConfirmDialog
          open
          onOpenChange={() => setAsking(false)}
          title={`Send again to ${destination.name}?`}
          confirm="Send again"
          tone="primary"
          onConfirm={replay}
        >
          Calls that ended from <b className="tabular">{formatTime(from)}</b> to{" "}
          <b className="tabular">{formatTime(to)}</b>, as far as they are kept.
        </ConfirmDialog>
      )}
    </div>
  );
}
