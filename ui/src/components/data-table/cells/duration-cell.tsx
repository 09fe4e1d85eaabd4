import { useNow } from "@/hooks/use-now";
import { formatDuration, formatNumber } from "@/lib/format";
import { Missing } from "./time-cell";

/** Milliseconds as people read them; what still runs counts up from its start. */
export function DurationCell({
  ms,
  runningSince,
}: {
  ms: number | null | undefined;
  runningSince?: string | undefined;
}) {
  if (ms === null || ms === undefined) {
    return runningSince ? <Elapsed since={runningSince} /> : <Missing />;
  }
  return <span title={`${formatNumber(ms)} ms`}>{formatDuration(ms)}</span>;
}

function Elapsed({ since }: { since: string }) {
  const now = useNow(1000);
  const ms = Math.max(0, now - Date.parse(since));
  return (
    <span className="text-running" title="Still running">
      {formatDuration(ms < 60_000 ? Math.floor(ms / 1000) * 1000 : ms)}
    </span>
  );
}
