import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Brain, ChevronRight, CircleAlert, CornerDownRight, Wrench } from "lucide-react";
import { useState } from "react";
import { RichText } from "@/components/messages/rich-text";
import { Badge } from "@/components/ui/badge";
import { Button, buttonClass } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { Spinner } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import { formatCost, formatDuration, formatNumber } from "@/lib/format";
import { spanIdOf } from "@/lib/generation-id";
import { storedQuery } from "../api/stored";
import { type Answer, type Failure, isOver } from "../lib/answer";

/** What a model answers, while it does and after: its words, what they took, the way to its trace. */
export function AnswerCard({ answer, onContinue }: { answer: Answer; onContinue: () => void }) {
  const hasSaid = answer.text !== "" || answer.toolCalls.length > 0;
  const isDone = answer.state === "done" || answer.state === "stopped";
  return (
    <article
      aria-label={`Answer of ${answer.asked}`}
      aria-busy={!isOver(answer)}
      className="flex min-w-0 flex-col gap-2 px-3 py-2.5"
    >
      <header className="flex min-h-6 flex-wrap items-center gap-x-2 gap-y-1">
        <h2 className="min-w-0 truncate font-mono text-sm font-medium">{answer.asked}</h2>
        <StateMark answer={answer} />
        {hasSaid && isOver(answer) && (
          <span className="ml-auto flex items-center gap-1">
            {answer.text && <CopyButton text={answer.text} label="Copy the answer" />}
            {isDone && (
              <Button size="sm" onClick={onContinue}>
                <CornerDownRight /> Continue
              </Button>
            )}
          </span>
        )}
      </header>
      {answer.reasoning && <Reasoning text={answer.reasoning} isOpen={!hasSaid} />}
      {answer.text && <RichText text={answer.text} isOpen />}
      {answer.toolCalls.map((call, i) => (
        <section
          // biome-ignore lint/suspicious/noArrayIndexKey: an id comes late, the place is fixed
          key={i}
          aria-label={`Call of ${call.name}`}
          className="min-w-0 rounded-md border border-border"
        >
          <h3 className="flex items-center gap-1.5 border-b border-border px-2 py-1 font-mono text-sm">
            <Wrench aria-hidden className="size-3.5 text-type-tool" /> {call.name}
          </h3>
          <pre className="overflow-x-auto p-2 font-mono text-sm">{pretty(call.arguments)}</pre>
        </section>
      ))}
      {isOver(answer) && !hasSaid && !answer.failure && (
        <p className="text-muted-foreground">
          {answer.state === "stopped" ? "Stopped before a word was said." : "It said nothing."}
        </p>
      )}
      {answer.failure && <FailureNote failure={answer.failure} />}
      <Figures answer={answer} />
    </article>
  );
}

function StateMark({ answer }: { answer: Answer }) {
  if (!isOver(answer))
    return (
      <span className="flex items-center gap-1.5 text-sm text-muted-foreground">
        <Spinner label={answer.state === "waiting" ? "Waiting" : "Answering"} />
        {answer.state === "waiting" ? "waiting for the first word" : "answering"}
      </span>
    );
  if (answer.state === "stopped") return <Badge tone="warning">stopped</Badge>;
  if (answer.state === "failed") return <Badge tone="danger">failed</Badge>;
  const reason = answer.finishReason;
  if (!reason || reason === "stop") return null;
  return <Badge tone={reason === "tool_calls" ? "neutral" : "warning"}>{reason}</Badge>;
}

function Reasoning({ text, isOpen }: { text: string; isOpen: boolean }) {
  const [chosen, setChosen] = useState<boolean>();
  const shows = chosen ?? isOpen;
  return (
    <section className="min-w-0 border-l-2 border-border pl-2.5 text-muted-foreground">
      <button
        type="button"
        aria-expanded={shows}
        onClick={() => setChosen(!shows)}
        className="flex items-center gap-1.5 hover:text-foreground"
      >
        <Brain aria-hidden className="size-3.5" /> Reasoning
        <ChevronRight
          aria-hidden
          className={cn("size-3.5 transition-transform", shows && "rotate-90")}
        />
      </button>
      {shows && <p className="mt-1 break-words whitespace-pre-wrap">{text}</p>}
    </section>
  );
}

function FailureNote({ failure }: { failure: Failure }) {
  return (
    <div
      role="alert"
      className="flex min-w-0 items-start gap-2 rounded-md bg-danger-soft p-2.5 text-danger"
    >
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p className="break-words">{failure.message}</p>
        {(failure.status !== undefined || failure.provider) && (
          <p className="text-sm">
            {[failure.provider, failure.status !== undefined && `status ${failure.status}`]
              .filter(Boolean)
              .join(" · ")}
          </p>
        )}
      </div>
    </div>
  );
}

/** What is known is shown; the rest is on its way, or nobody says it. */
function Figures({ answer }: { answer: Answer }) {
  const facts: [string, string, string?][] = [];
  if (answer.firstTokenMs !== undefined)
    facts.push(["First token", formatDuration(Math.round(answer.firstTokenMs))]);
  if (answer.tookMs !== undefined)
    facts.push(["In all", formatDuration(Math.round(answer.tookMs))]);
  if (answer.promptTokens !== undefined)
    facts.push([
      "In",
      `${formatNumber(answer.promptTokens)} tokens`,
      answer.cachedTokens ? `${formatNumber(answer.cachedTokens)} of them cached` : undefined,
    ]);
  if (answer.completionTokens !== undefined)
    facts.push([
      "Out",
      `${formatNumber(answer.completionTokens)} tokens`,
      answer.reasoningTokens
        ? `${formatNumber(answer.reasoningTokens)} of them reasoning`
        : answer.isEstimated
          ? "Estimated: the provider does not count them"
          : undefined,
    ]);
  if (answer.costUsd !== undefined) facts.push(["Cost", formatCost(answer.costUsd)]);
  if (answer.provider) facts.push(["Provider", answer.provider]);
  if (answer.model && answer.model !== answer.asked) facts.push(["Model", answer.model]);
  if (facts.length === 0 && !answer.id) return null;
  return (
    <footer className="flex min-h-6 flex-wrap items-center gap-x-4 gap-y-1 text-sm">
      <dl className="m-0 flex flex-wrap gap-x-4 gap-y-1">
        {facts.map(([name, value, title]) => (
          <div key={name} className="flex gap-1.5" title={title}>
            <dt className="text-muted-foreground">{name}</dt>
            <dd className="m-0 tabular">{value}</dd>
          </div>
        ))}
      </dl>
      {isOver(answer) && answer.id && <TraceLink generationId={answer.id} />}
    </footer>
  );
}

/** The call is stored a moment after its end; one that was refused at the door is not. */
function TraceLink({ generationId }: { generationId: string }) {
  const stored = useQuery(storedQuery(generationId));
  const spanId = spanIdOf(generationId);
  if (!spanId || stored.isError) return null;
  if (!stored.data)
    return <span className="ml-auto text-muted-foreground">its trace is on its way…</span>;
  return (
    <Link
      to="/spans/$spanId"
      params={{ spanId }}
      className={cn(buttonClass("outline", "sm"), "ml-auto")}
    >
      Open trace
    </Link>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
