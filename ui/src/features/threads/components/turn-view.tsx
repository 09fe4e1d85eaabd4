import { useQuery } from "@tanstack/react-query";
import { ArrowUpRight, CircleAlert, MessageSquare } from "lucide-react";
import { memo, useMemo } from "react";
import { entityDetailQuery } from "@/api/queries/entity-detail";
import { ScoreChips } from "@/components/annotate/score-chips";
import { MediaProvider } from "@/components/messages/media";
import { MessageParts } from "@/components/messages/message-view";
import { RoleMark } from "@/components/messages/role-mark";
import type { Conversation, Message } from "@/components/messages/types";
import { Button } from "@/components/ui/button";
import { formatCost, formatCount, formatDuration, formatTime } from "@/lib/format";
import { PREVIEW, type Turn } from "../api/turns";
import { conversationOf, payloadOf, saidIn } from "../lib/turn-messages";
import { THUMBS, TurnThumbs } from "./turn-thumbs";

const NO_FILES: never[] = [];

/** One turn: what the user said, what came back, its figures and the way to its trace. */
export const TurnView = memo(function TurnView({
  turn,
  before,
  number,
  onOpen,
}: {
  turn: Turn;
  /** The turn before, where it is loaded. */
  before: Turn | undefined;
  /** From 1. */
  number: number;
  onOpen: (traceId: string) => void;
}) {
  const { conversation, attachments, isCut } = useConversation(turn);
  const said = useMemo(
    () => saidIn(conversation, before && plainConversation(before)),
    [conversation, before],
  );
  const scores = Object.entries(turn.feedback_scores ?? {})
    .filter(([name]) => name !== THUMBS)
    .map(([name, value]) => ({ name, value }));
  const comments = turn.comments ?? 0;
  return (
    <MediaProvider attachments={attachments}>
      <article aria-label={`Turn ${number}`} className="flex flex-col gap-2 px-4 py-3">
        {said.asked.map((message, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the messages of a turn never move
          <Bubble key={i} message={message} />
        ))}
        {said.answered.map((message, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the messages of a turn never move
          <Bubble key={i} message={message} />
        ))}
        {turn.error_info && (
          <p className="flex items-start gap-1.5 text-danger">
            <CircleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
            <span className="min-w-0 break-words">
              <strong className="font-medium">{turn.error_info.exception_type || "Error"}</strong>
              {turn.error_info.message && `: ${turn.error_info.message.slice(0, 400)}`}
            </span>
          </p>
        )}
        {turn.is_running && <p className="text-running">Still running: there is no answer yet.</p>}
        {isCut && (
          <p className="text-sm text-muted-foreground">
            Only the beginning is shown: it is very long. Its trace has all of it.
          </p>
        )}
        <footer className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-muted-foreground tabular">
          <TurnThumbs
            target={{ kind: "trace", id: turn.id, traceId: turn.id, projectId: turn.project_id }}
            value={turn.feedback_scores?.[THUMBS]}
          />
          <span>#{number}</span>
          <time dateTime={turn.start_time} title={formatTime(turn.start_time)}>
            {timeAfter(turn.start_time, before?.start_time)}
          </time>
          <span title="Duration">{formatDuration(turn.duration)}</span>
          {turn["usage.total_tokens"] != null && (
            <span>{formatCount(turn["usage.total_tokens"])} tokens</span>
          )}
          {turn.total_estimated_cost != null && (
            <span>{formatCost(turn.total_estimated_cost)}</span>
          )}
          {comments > 0 && (
            <span className="inline-flex items-center gap-1">
              <MessageSquare aria-hidden className="size-3" />
              {comments}
              <span className="sr-only">comments</span>
            </span>
          )}
          <ScoreChips scores={scores} onOpen={() => onOpen(turn.id)} />
          <Button
            variant="ghost"
            size="sm"
            className="ml-auto font-normal"
            onClick={() => onOpen(turn.id)}
            aria-label={`${turn.name || "trace"}: open the trace of turn ${number}`}
          >
            {turn.name || "trace"}
            <ArrowUpRight />
          </Button>
        </footer>
      </article>
    </MediaProvider>
  );
});

/** The time alone on the day of the turn before, else with the date. */
function timeAfter(iso: string, before: string | undefined): string {
  const [day, time] = formatTime(iso).split(" ");
  return before && formatTime(before).startsWith(day ?? "") ? (time ?? "") : formatTime(iso);
}

function Bubble({ message }: { message: Message }) {
  if (message.role === "user") {
    return (
      <div className="flex max-w-[88%] min-w-0 flex-col items-start gap-2 self-end rounded-lg bg-accent px-3 py-2 [&>*]:max-w-full [&>div]:w-full">
        <span className="sr-only">User</span>
        <MessageParts message={message} />
      </div>
    );
  }
  return (
    <div className="flex min-w-0 flex-col items-start gap-1 [&>*]:max-w-full [&>div]:w-full">
      <RoleMark role={message.role} name={message.name} />
      <MessageParts message={message} />
    </div>
  );
}

const isLong = (text: string | null | undefined): boolean => (text?.length ?? 0) >= PREVIEW;
const hasFiles = (text: string | null | undefined): boolean =>
  text?.includes("-attachment-") ?? false;

/** A turn's conversation; what its row holds only in part is read by itself. */
function useConversation(turn: Turn) {
  const { input, output } = turn;
  const isWanted = isLong(input) || isLong(output) || hasFiles(input) || hasFiles(output);
  const { data } = useQuery({ ...entityDetailQuery("trace", turn.id), enabled: isWanted });
  const conversation = useMemo(() => {
    if (!data) return plainConversation(turn);
    const { input: asked, output: given } = data.payloads;
    return conversationOf(payloadOf(asked?.text), payloadOf(given?.text));
  }, [data, turn]);
  const isCut = [data?.payloads.input, data?.payloads.output].some((p) => p?.complete === false);
  return { conversation, attachments: data?.attachments ?? NO_FILES, isCut };
}

const conversations = new WeakMap<Turn, Conversation>();

/** What a turn's row says; read once, for its own turn and for the one after it. */
function plainConversation(turn: Turn): Conversation {
  let found = conversations.get(turn);
  if (!found) {
    found = conversationOf(payloadOf(turn.input), payloadOf(turn.output));
    conversations.set(turn, found);
  }
  return found;
}
