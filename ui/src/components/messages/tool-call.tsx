import { ChevronRight, CircleAlert, Wrench } from "lucide-react";
import { useId, useState } from "react";
import { type JsonValue, writeJson } from "@/components/json-view/json-text";
import { Badge } from "@/components/ui/badge";
import { CopyButton } from "@/components/ui/copy-button";
import { cn } from "@/lib/cn";
import { JsonPeek } from "./json-peek";
import type { Part } from "./types";

/** A tool's call with what came back: a line that opens into arguments and result. */
export function ToolCall({ part }: { part: Part & { kind: "call" } }) {
  const { name, args, result } = part;
  return (
    <ToolBox
      name={name}
      id={part.id}
      isError={result?.isError ?? false}
      lines={[inLine(args), ...(result ? [`→ ${inLine(result.value)}`] : [])]}
    >
      <Section title="Arguments" value={args} />
      {result ? (
        <Section title={result.isError ? "Error" : "Result"} value={result.value} />
      ) : (
        <p className="text-sm text-muted-foreground">No result is in sight.</p>
      )}
    </ToolBox>
  );
}

/** What a tool gave back, where its call is not in sight. */
export function ToolResultPart({ part }: { part: Part & { kind: "result" } }) {
  const { value, isError } = part.result;
  return (
    <ToolBox
      name={part.name || "Result"}
      id={part.id}
      isError={isError}
      lines={[`→ ${inLine(value)}`]}
    >
      <Section title={isError ? "Error" : "Result"} value={value} />
    </ToolBox>
  );
}

function ToolBox({
  name,
  id,
  isError,
  lines,
  children,
}: {
  name: string;
  id: string;
  isError: boolean;
  lines: readonly string[];
  children: React.ReactNode;
}) {
  const [isOpen, setOpen] = useState(false);
  const body = useId();
  return (
    <div className="overflow-hidden rounded-md border border-border">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={body}
        onClick={() => setOpen(!isOpen)}
        className="flex w-full min-w-0 items-start gap-1.5 px-2 py-1 text-left hover:bg-muted"
      >
        <ChevronRight
          aria-hidden
          className={cn(
            "mt-1 size-3 shrink-0 text-muted-foreground transition-transform",
            isOpen && "rotate-90",
          )}
        />
        <Wrench aria-hidden className="mt-0.5 size-3.5 shrink-0 text-type-tool" />
        <span className="shrink-0 font-medium">{name}</span>
        <span className="min-w-0 flex-1 font-mono text-sm text-muted-foreground">
          {!isOpen &&
            lines.map((line) => (
              <span key={line} className="block truncate">
                {line}
              </span>
            ))}
        </span>
        {isError && (
          <Badge tone="danger">
            <CircleAlert />
            error
          </Badge>
        )}
      </button>
      {isOpen && (
        <div id={body} className="flex flex-col gap-2 border-t border-border p-2">
          {id && <p className="font-mono text-xs text-muted-foreground">{id}</p>}
          {children}
        </div>
      )}
    </div>
  );
}

function Section({ title, value }: { title: string; value: JsonValue }) {
  return (
    <section aria-label={title}>
      <header className="flex h-6 items-center gap-1">
        <h5 className="text-sm text-muted-foreground">{title}</h5>
        <CopyButton
          text={() => (typeof value === "string" ? value : writeJson(value))}
          label={`Copy: ${title}`}
          className="ml-auto"
        />
      </header>
      <JsonPeek value={value} label={title} />
    </section>
  );
}

const SHOWN = 240;

function inLine(value: JsonValue): string {
  const text = typeof value === "string" ? value : writeJson(value, 0);
  return text.slice(0, SHOWN).replaceAll(/\s+/g, " ");
}
