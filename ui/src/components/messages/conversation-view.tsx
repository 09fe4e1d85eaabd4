import { History, Wrench } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { useStored } from "@/hooks/use-stored";
import { formatNumber } from "@/lib/format";
import { MessageView } from "./message-view";
import { earlierCount } from "./normalise";
import { PlainText } from "./rich-text";
import type { Conversation, Message, Tool } from "./types";

/** Fewer are not worth folding. */
const FEWEST_FOLDED = 2;
/** A long history comes back this many at a time. */
const AT_ONCE = 50;

/** What went into a call and came out of it, as messages: history folded, what is new in full. */
export function ConversationView({
  conversation,
  isRunning = false,
}: {
  conversation: Conversation;
  isRunning?: boolean;
}) {
  const { input, output, tools } = conversation;
  const [isPlain, setPlain] = useStored("messages-plain", false);
  const [shownEarlier, setShownEarlier] = useState(0);
  const system = input.filter((m) => m.role === "system");
  const said = input.filter((m) => m.role !== "system");
  const counted = earlierCount(said);
  const folded = counted < FEWEST_FOLDED ? 0 : Math.max(0, counted - shownEarlier);
  return (
    <PlainText value={isPlain}>
      <div className="flex min-w-0 flex-col divide-y divide-border">
        <div className="flex h-8 items-center gap-2 px-4 text-sm text-muted-foreground">
          <span>
            {formatNumber(input.length + output.length)}{" "}
            {input.length + output.length === 1 ? "message" : "messages"}
          </span>
          <Button
            variant="ghost"
            size="sm"
            className="ml-auto font-normal"
            aria-pressed={isPlain}
            onClick={() => setPlain(!isPlain)}
          >
            {isPlain ? "Show Markdown" : "Show plain text"}
          </Button>
        </div>
        {tools.length > 0 && <Tools tools={tools} />}
        <Messages messages={system} />
        {folded > 0 && (
          <button
            type="button"
            onClick={() => setShownEarlier(shownEarlier + AT_ONCE)}
            className="flex h-8 items-center gap-1.5 px-4 text-left text-muted-foreground hover:bg-muted hover:text-foreground"
          >
            <History aria-hidden className="size-3.5" />
            {formatNumber(folded)} earlier {folded === 1 ? "message" : "messages"}
            {folded > AT_ONCE && <span>· show {AT_ONCE} more</span>}
          </button>
        )}
        <Messages messages={said.slice(folded)} />
        {(output.length > 0 || isRunning) && (
          <h4 className="bg-surface px-4 py-1 text-sm text-muted-foreground">Output</h4>
        )}
        <Messages messages={output} />
        {output.length === 0 && isRunning && (
          <p className="px-4 py-2 text-running">Still running: there is no output yet.</p>
        )}
      </div>
    </PlainText>
  );
}

function Messages({ messages }: { messages: readonly Message[] }) {
  return messages.map((message, i) => (
    // Messages never move; counted from the end, what is open stays open when history unfolds.
    // biome-ignore lint/suspicious/noArrayIndexKey: the place is all that tells them apart
    <MessageView key={messages.length - i} message={message} />
  ));
}

function Tools({ tools }: { tools: readonly Tool[] }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="px-4 py-1">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex h-6 w-full min-w-0 items-center gap-1.5 text-left text-muted-foreground hover:text-foreground"
      >
        <Wrench aria-hidden className="size-3.5 shrink-0" />
        <span className="shrink-0">
          {tools.length} {tools.length === 1 ? "tool" : "tools"} offered
        </span>
        {!isOpen && <span className="truncate">{tools.map((t) => t.name).join(", ")}</span>}
      </button>
      {isOpen && (
        <dl className="my-1 grid grid-cols-[max-content_1fr] gap-x-3 gap-y-0.5">
          {tools.map((tool, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two tools may share a name
            <div key={i} className="contents">
              <dt className="font-medium">{tool.name}</dt>
              <dd className="min-w-0 break-words text-muted-foreground">{tool.description}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
