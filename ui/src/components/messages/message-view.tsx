import { ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { CopyButton } from "@/components/ui/copy-button";
import { cn } from "@/lib/cn";
import { JsonPeek } from "./json-peek";
import { messageText } from "./message-text";
import { PartView } from "./part-view";
import { RoleMark } from "./role-mark";
import type { Message } from "./types";

/** One message in a list: who, and what. A system prompt is folded into a line. */
export function MessageView({ message }: { message: Message }) {
  const isFoldable = message.role === "system";
  const [isOpen, setOpen] = useState(!isFoldable);
  const body = useId();
  return (
    <article className="group/message px-4 py-2 [contain-intrinsic-size:auto_120px] [content-visibility:auto]">
      <header className="flex h-6 items-center gap-2">
        {isFoldable ? (
          <button
            type="button"
            aria-expanded={isOpen}
            aria-controls={body}
            onClick={() => setOpen(!isOpen)}
            className="flex min-w-0 flex-1 items-center gap-1.5 text-left"
          >
            <RoleMark role={message.role} name={message.name} />
            {!isOpen && (
              <span className="min-w-0 truncate text-muted-foreground">
                {messageText(message).slice(0, 300)}
              </span>
            )}
            <ChevronRight
              aria-hidden
              className={cn(
                "size-3 shrink-0 text-muted-foreground transition-transform",
                isOpen && "rotate-90",
              )}
            />
          </button>
        ) : (
          <RoleMark role={message.role} name={message.name} />
        )}
        <CopyButton
          text={() => messageText(message)}
          label="Copy the message"
          className="ml-auto opacity-0 group-hover/message:opacity-100 focus-visible:opacity-100 max-md:opacity-100"
        />
      </header>
      {isOpen && (
        <div
          id={body}
          className="mt-0.5 flex flex-col items-start gap-2 [&>*]:max-w-full [&>div]:w-full"
        >
          <MessageParts message={message} />
        </div>
      )}
    </article>
  );
}

export function MessageParts({ message }: { message: Message }) {
  return (
    <>
      {message.parts.map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts never move
        <PartView key={i} part={part} />
      ))}
      {message.extra && <Extra value={message.extra} />}
    </>
  );
}

/** What stood beside a text that was taken for the message. */
function Extra({ value }: { value: NonNullable<Message["extra"]> }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex min-w-0 items-center gap-1.5 text-sm text-muted-foreground hover:text-foreground"
      >
        <ChevronRight
          aria-hidden
          className={cn("size-3 shrink-0 transition-transform", isOpen && "rotate-90")}
        />
        <span className="truncate">also: {Object.keys(value).slice(0, 8).join(", ")}</span>
      </button>
      {isOpen && (
        <div className="mt-1">
          <JsonPeek value={value} label="What stood beside it" />
        </div>
      )}
    </div>
  );
}
