import { Link } from "@tanstack/react-router";
import {
  Clock,
  Coins,
  Gauge,
  Hash,
  MessageSquare,
  MessagesSquare,
  PenLine,
  ShieldCheck,
  ShieldX,
} from "lucide-react";
import type { ReactNode } from "react";
import type { Target } from "@/api/annotations";
import type { EntityDetail } from "@/api/types";
import { ScoreChips } from "@/components/annotate/score-chips";
import { TagEditor } from "@/components/annotate/tag-editor";
import { TYPE_LABELS, TypeIcon } from "@/components/span-tree/type-icon";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Tooltip } from "@/components/ui/tooltip";
import { formatCost, formatCount, formatDuration, formatNumber, formatTime } from "@/lib/format";
import { quoteValue } from "@/lib/slice";
import type { DetailTab, EntityKind } from "./types";

/** Name and figures of a trace or span, its scores and tags. */
export function DetailHeader({
  kind,
  detail,
  target,
  isAnnotating,
  onAnnotate,
  onTab,
  onFilter,
}: {
  kind: EntityKind;
  detail: EntityDetail;
  target: Target;
  isAnnotating: boolean;
  onAnnotate: () => void;
  onTab: (tab: DetailTab) => void;
  onFilter?: ((query: string) => void) | undefined;
}) {
  const type = kind === "trace" ? "trace" : (detail.type ?? "general");
  const comments = detail.comments?.length ?? 0;
  return (
    <header className="flex shrink-0 flex-col gap-1.5 border-b border-border px-4 py-2">
      <div className="flex min-w-0 items-center gap-1.5">
        <TypeIcon type={type} />
        <h3 className="min-w-0 truncate text-lg font-semibold" title={detail.name}>
          {detail.name || TYPE_LABELS[type]}
        </h3>
        <CopyButton text={detail.id} label={`Copy the id of the ${kind}`} />
        <Tooltip label="Annotate" keys="a">
          <Button
            size="sm"
            className="ml-auto"
            aria-pressed={isAnnotating}
            variant={isAnnotating ? "primary" : "outline"}
            onClick={onAnnotate}
          >
            <PenLine />
            Annotate
          </Button>
        </Tooltip>
      </div>
      <Figures detail={detail} />
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        {detail.environment && <Badge tone="outline">{detail.environment}</Badge>}
        <Guardrails detail={detail} />
        <ScoreChips scores={detail.feedback_scores ?? []} onOpen={() => onTab("scores")} />
        {comments > 0 && (
          <button
            type="button"
            onClick={() => onTab("comments")}
            aria-label={comments === 1 ? "1 comment" : `${comments} comments`}
            className="inline-flex h-5 items-center gap-1 rounded-sm px-1 text-sm text-muted-foreground hover:bg-muted"
          >
            <MessageSquare className="size-3" />
            {comments}
          </button>
        )}
        <TagEditor
          target={target}
          tags={detail.tags ?? []}
          onPick={onFilter && ((tag) => onFilter(`tags:${quoteValue(tag)}`))}
        />
      </div>
    </header>
  );
}

/** Checks that failed, by name; one word when all passed. */
function Guardrails({ detail }: { detail: EntityDetail }) {
  const checks = (detail.guardrails_validations ?? []).flatMap((one) => one.checks);
  if (checks.length === 0) return null;
  const failed = new Set(checks.filter((c) => c.result === "failed").map((c) => c.name));
  if (failed.size === 0)
    return (
      <Badge tone="success">
        <ShieldCheck />
        guardrails passed
      </Badge>
    );
  return [...failed].map((name) => (
    <Badge key={name} tone="danger">
      <ShieldX />
      {name} failed
    </Badge>
  ));
}

function Figures({ detail }: { detail: EntityDetail }) {
  const { usage } = detail;
  const total = usage?.total_tokens;
  const model = [detail.provider, detail.model].filter(Boolean).join(" / ");
  return (
    <ul className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-sm text-muted-foreground tabular">
      <Figure label="Started">{formatTime(detail.start_time)}</Figure>
      <Figure label="Duration" icon={<Clock />}>
        {detail.is_running ? (
          <span className="text-running">running</span>
        ) : (
          <strong>{formatDuration(detail.duration)}</strong>
        )}
      </Figure>
      {detail.ttft !== null && detail.ttft !== undefined && (
        <Figure label="Time to the first token" icon={<Gauge />}>
          {formatDuration(detail.ttft)} to first token
        </Figure>
      )}
      {total !== undefined && (
        <Figure
          label={`Tokens: ${formatNumber(usage?.prompt_tokens)} in, ${formatNumber(usage?.completion_tokens)} out`}
          icon={<Hash />}
        >
          <strong>{formatCount(total)}</strong>
          {usage?.prompt_tokens !== undefined && usage.completion_tokens !== undefined && (
            <span>
              {formatCount(usage.prompt_tokens)} in, {formatCount(usage.completion_tokens)} out
            </span>
          )}
        </Figure>
      )}
      {detail.total_estimated_cost !== null && detail.total_estimated_cost !== undefined && (
        <Figure label="Estimated cost" icon={<Coins />}>
          <strong>{formatCost(detail.total_estimated_cost)}</strong>
        </Figure>
      )}
      {model && <Figure label="Model">{model}</Figure>}
      {!model && detail.providers && detail.providers.length > 0 && (
        <Figure label="Providers">{detail.providers.join(", ")}</Figure>
      )}
      {detail.thread_id && (
        <Figure label="Thread" icon={<MessagesSquare />}>
          <Link
            to="/projects/$projectId/logs"
            params={{ projectId: detail.project_id }}
            search={{ type: "thread", thread: detail.thread_id }}
            className="max-w-40 truncate text-primary hover:underline"
          >
            {detail.thread_id}
          </Link>
        </Figure>
      )}
    </ul>
  );
}

function Figure({
  label,
  icon,
  children,
}: {
  label: string;
  icon?: ReactNode;
  children: ReactNode;
}) {
  return (
    <li
      title={label}
      className="inline-flex min-w-0 items-center gap-1 break-all [&_strong]:font-medium [&_strong]:text-foreground [&_svg]:size-3 [&_svg]:shrink-0"
    >
      <span className="sr-only">{label}: </span>
      {icon}
      {children}
    </li>
  );
}
