import { useNow } from "@/hooks/use-now";
import { formatAgo, formatTime } from "@/lib/format";
import type { Destination } from "../api/types";
import { waitText } from "../lib/waits";

const LOOK = "border-b border-border px-4 py-1.5 break-words";

/** Why a destination gets nothing now, and what it said last, when that is not fine. */
export function StateNotes({
  destination: one,
  isOn,
}: {
  destination: Destination;
  isOn: boolean;
}) {
  const now = useNow(1000);
  const left = one.paused_until ? Math.max(0, Date.parse(one.paused_until) - now) : 0;
  const isFailing = one.last_error !== null && one.failures_in_a_row > 0;
  return (
    <>
      {one.problem && (
        <p role="alert" className={`${LOOK} bg-danger-soft text-danger`}>
          It cannot be used: {one.problem}
        </p>
      )}
      {!isOn && one.enabled && !one.read_only && (
        <p className={`${LOOK} bg-warning-soft text-warning`}>
          Broadcast is off for the workspace: nothing is sent.
        </p>
      )}
      {!one.enabled && (
        <p className={`${LOOK} text-muted-foreground`}>
          Turned off: calls that end now are not sent, and not later either.
        </p>
      )}
      {one.read_only && (
        <p className={`${LOOK} text-muted-foreground`}>
          From the operator's file, for all workspaces: it is changed there.
        </p>
      )}
      {one.status === "paused" && (
        <p className={`${LOOK} bg-warning-soft text-warning`}>
          {pauseWords(one.failures_in_a_row)}{" "}
          {left > 0 ? `Tried again in ${waitText(left)}` : "It is tried again now"}; what waits is
          kept.
        </p>
      )}
      {isFailing && (
        <p className={`${LOOK} text-danger`}>
          <span title={formatTime(one.last_failed_at)}>{formatAgo(one.last_failed_at, now)}</span>:{" "}
          {one.last_error}
        </p>
      )}
    </>
  );
}

function pauseWords(failures: number): string {
  if (failures === 0) return "Paused, as it asked for.";
  return `Paused after ${failures} ${failures === 1 ? "failure" : "failures in a row"}.`;
}
