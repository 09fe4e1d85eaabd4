import { Brain, ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { cn } from "@/lib/cn";
import { JsonPeek } from "./json-peek";
import { AudioPart, FilePart, ImagePart } from "./media-parts";
import { RichText } from "./rich-text";
import { ToolCall, ToolResultPart } from "./tool-call";
import type { Part } from "./types";

export function PartView({ part }: { part: Part }) {
  switch (part.kind) {
    case "text":
      return <RichText text={part.text} />;
    case "reasoning":
      return <Reasoning text={part.text} />;
    case "refusal":
      return <p className="break-words whitespace-pre-wrap text-warning">Refused: {part.text}</p>;
    case "call":
      return <ToolCall part={part} />;
    case "result":
      return <ToolResultPart part={part} />;
    case "image":
      return <ImagePart src={part.src} />;
    case "audio":
      return (
        <AudioPart src={part.src} {...(part.transcript ? { transcript: part.transcript } : {})} />
      );
    case "file":
      return <FilePart src={part.src} name={part.name} />;
    case "json":
      return <JsonPeek value={part.value} label="Content" />;
  }
}

/** What the model thought before it spoke: folded, for it is long and seldom read. */
function Reasoning({ text }: { text: string }) {
  const [isOpen, setOpen] = useState(false);
  const body = useId();
  return (
    <div className="text-muted-foreground">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={body}
        onClick={() => setOpen(!isOpen)}
        className="flex w-full min-w-0 items-center gap-1.5 text-left hover:text-foreground"
      >
        <ChevronRight
          aria-hidden
          className={cn("size-3 shrink-0 transition-transform", isOpen && "rotate-90")}
        />
        <Brain aria-hidden className="size-3.5 shrink-0" />
        <span className="shrink-0">Reasoning</span>
        {!isOpen && <span className="truncate italic">{text.slice(0, 200)}</span>}
      </button>
      {isOpen && (
        <div id={body} className="mt-1 border-l-2 border-border pl-3">
          <RichText text={text} />
        </div>
      )}
    </div>
  );
}
