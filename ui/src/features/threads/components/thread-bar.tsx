import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, PanelRight, X } from "lucide-react";
import type { ReactNode } from "react";
import { messageOf } from "@/api/errors";
import { useAuthor } from "@/components/annotate/use-author";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Tooltip } from "@/components/ui/tooltip";
import { formatCost, formatCount, formatDuration, formatNumber, formatTime } from "@/lib/format";
import { toast } from "@/lib/toast";
import { setThreadStatus } from "../api/set-status";
import type { ThreadDetail } from "../api/thread";

/** Head of the panel: from thread to thread, figures, and whether it is open. */
export function ThreadBar({
  projectId,
  threadId,
  thread,
  hasSide,
  onSide,
  onPrev,
  onNext,
  onClose,
}: {
  projectId: string;
  threadId: string;
  /** Absent while it loads. */
  thread: ThreadDetail | undefined;
  hasSide: boolean;
  onSide: () => void;
  onPrev: (() => void) | undefined;
  onNext: (() => void) | undefined;
  onClose: () => void;
}) {
  return (
    <header className="shrink-0 border-b border-border">
      <div className="flex h-11 items-center gap-1 px-2">
        <IconButton label="Close" keys="escape" onClick={onClose}>
          <X />
        </IconButton>
        <IconButton label="Previous thread" keys="[" onClick={onPrev}>
          <ChevronUp />
        </IconButton>
        <IconButton label="Next thread" keys="]" onClick={onNext}>
          <ChevronDown />
        </IconButton>
        <h2 className="ml-1 min-w-0 truncate font-semibold" title={threadId}>
          {threadId}
        </h2>
        <CopyButton text={threadId} label="Copy the id of the thread" />
        <span className="flex-1" />
        {thread && <Status projectId={projectId} thread={thread} />}
        <Tooltip label={hasSide ? "Hide scores and comments" : "Scores and comments"} keys="a">
          <Button
            variant="ghost"
            size="icon"
            aria-label="Scores and comments"
            aria-pressed={hasSide}
            onClick={onSide}
          >
            <PanelRight />
          </Button>
        </Tooltip>
      </div>
      <Figures thread={thread} />
    </header>
  );
}

function Status({ projectId, thread }: { projectId: string; thread: ThreadDetail }) {
  const client = useQueryClient();
  const { canWrite } = useAuthor();
  const isActive = thread.status === "active";
  const change = useMutation({
    mutationFn: () => setThreadStatus(projectId, thread.id, isActive ? "close" : "open"),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["slice", projectId] });
      return client.invalidateQueries({ queryKey: ["thread", projectId, thread.id] });
    },
    onError: (error) =>
      toast(`The thread was not changed. ${messageOf(error)}`, { tone: "danger" }),
  });
  return (
    <>
      <Badge tone={isActive ? "primary" : "outline"} className="shrink-0">
        {isActive ? "active" : "closed"}
      </Badge>
      {canWrite && (
        <Button size="sm" disabled={change.isPending} onClick={() => change.mutate()}>
          {isActive ? "Close thread" : "Open again"}
        </Button>
      )}
    </>
  );
}

function Figures({ thread }: { thread: ThreadDetail | undefined }) {
  const figures: [string, string][] = thread
    ? [
        ["Started", formatTime(thread.start_time)],
        ["Messages", formatNumber(thread.number_of_messages)],
        ["Duration", formatDuration(thread.duration)],
        ["Tokens", formatCount(thread.usage?.total_tokens)],
        ["Cost", formatCost(thread.total_estimated_cost)],
        ...(thread.environment ? [["Environment", thread.environment] as [string, string]] : []),
      ]
    : [];
  return (
    <dl className="flex min-h-7 flex-wrap items-center gap-x-4 gap-y-0.5 px-4 pb-1.5 text-sm tabular">
      {figures.map(([label, value]) => (
        <div key={label} className="flex gap-1.5">
          <dt className="text-muted-foreground">{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function IconButton({
  label,
  keys,
  onClick,
  children,
}: {
  label: string;
  keys: string;
  /** Absent: there is nothing to do. */
  onClick: (() => void) | undefined;
  children: ReactNode;
}) {
  return (
    <Tooltip label={label} keys={keys}>
      <Button variant="ghost" size="icon" aria-label={label} disabled={!onClick} onClick={onClick}>
        {children}
      </Button>
    </Tooltip>
  );
}
