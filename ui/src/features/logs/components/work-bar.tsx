import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/states";
import { formatNumber } from "@/lib/format";
import { toast } from "@/lib/toast";
import { exportProgressQuery } from "../api/export";
import { cancelJob, isOver, jobQuery } from "../api/job";

/** Work that goes on for this page: kept until it is over, also when the page is left and opened again. */
export type Work = { kind: "job" | "export"; id: string; label: string };

const BEGINS_MS = 1000;

/** How far work on many rows has come. */
export function WorkBar({ work, onOver }: { work: Work; onOver: (work: Work) => void }) {
  return work.kind === "job" ? (
    <JobBar work={work} onOver={onOver} />
  ) : (
    <ExportBar work={work} onOver={onOver} />
  );
}

function JobBar({ work, onOver }: { work: Work; onOver: (work: Work) => void }) {
  const { data: job, error, refetch } = useQuery(jobQuery(work.id));
  // biome-ignore lint/correctness/useExhaustiveDependencies: said once, when it is over
  useEffect(() => {
    if (!job && !error) return;
    if (!job) toast(messageOf(error), { tone: "danger" });
    else if (!isOver(job)) return;
    else if (job.state === "failed")
      toast(`${work.label} failed: ${job.error ?? "the server says no more"}`, { tone: "danger" });
    else if (job.state === "cancelled")
      toast(`${work.label}: stopped after ${formatNumber(job.done)}`);
    else toast(`${work.label}: done`);
    onOver(work);
  }, [job?.state, error]);
  return (
    <Bar
      label={work.label}
      done={job?.done ?? 0}
      total={job?.total ?? null}
      onStop={async () => {
        await cancelJob(work.id).catch((thrown) => toast(messageOf(thrown), { tone: "danger" }));
        await refetch();
      }}
    />
  );
}

function ExportBar({ work, onOver }: { work: Work; onOver: (work: Work) => void }) {
  // The server knows the download when it has begun: asked earlier, it would not.
  const [hasBegun, setBegun] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setBegun(true), BEGINS_MS);
    return () => clearTimeout(timer);
  }, []);
  const { data, error } = useQuery({ ...exportProgressQuery(work.id), enabled: hasBegun });
  // biome-ignore lint/correctness/useExhaustiveDependencies: said once, when it is over
  useEffect(() => {
    if (error) {
      toast(`${work.label}: the download did not begin`, { tone: "danger" });
      onOver(work);
    } else if (data?.state === "done") {
      toast(`${work.label}: ${formatNumber(data.rows)} rows downloaded`);
      onOver(work);
    } else if (data?.state === "failed") {
      toast(`${work.label} failed; the file is cut short`, { tone: "danger" });
      onOver(work);
    } else if (data?.state === "cancelled") onOver(work);
  }, [data?.state, error]);
  return <Bar label={work.label} done={data?.rows ?? 0} total={data?.total ?? null} />;
}

function Bar({
  label,
  done,
  total,
  onStop,
}: {
  label: string;
  done: number;
  total: number | null;
  onStop?: () => void;
}) {
  return (
    <div className="flex h-8 shrink-0 items-center gap-3 border-t border-border bg-surface px-3 text-sm">
      <span className="truncate">{label}</span>
      <div className="max-w-64 min-w-16 flex-1">
        <Progress label={label} done={done} total={total} />
      </div>
      <span className="text-muted-foreground tabular">
        {formatNumber(done)}
        {total ? ` of ${formatNumber(total)}` : ""}
      </span>
      {onStop && (
        <Button variant="ghost" size="sm" onClick={onStop}>
          <X /> Stop
        </Button>
      )}
    </div>
  );
}
