import { ChevronRight, CircleAlert, Filter } from "lucide-react";
import { useId, useState } from "react";
import type { ErrorInfo } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { cn } from "@/lib/cn";
import { quoteValue } from "@/lib/slice";

const LONG_MESSAGE = 600;

/** What went wrong: type and message, the traceback on demand. */
export function ErrorCallout({
  error,
  onFilter,
}: {
  error: ErrorInfo;
  onFilter?: ((query: string) => void) | undefined;
}) {
  const [isOpen, setOpen] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const body = useId();
  const { exception_type: type, message = "", traceback } = error;
  const isLong = message.length > LONG_MESSAGE;
  return (
    <div role="note" aria-label="Error" className="border-b border-border bg-danger-soft px-4 py-2">
      <div className="flex items-start gap-2">
        <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
        <div className="min-w-0 flex-1">
          <p className="font-medium break-words text-danger">{type || "Error"}</p>
          {message && (
            <p className="max-h-60 overflow-y-auto break-words whitespace-pre-wrap">
              {isLong && !isWhole ? `${message.slice(0, LONG_MESSAGE)}…` : message}
              {isLong && (
                <button
                  type="button"
                  className="ml-1 text-primary underline"
                  onClick={() => setWhole(!isWhole)}
                >
                  {isWhole ? "less" : "more"}
                </button>
              )}
            </p>
          )}
        </div>
        {type && onFilter && (
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={`Filter by the error ${type}`}
            title="Filter by this error"
            onClick={() => onFilter(`error_type:${quoteValue(type)}`)}
          >
            <Filter />
          </Button>
        )}
        <CopyButton
          text={[type, message, traceback].filter(Boolean).join("\n")}
          label="Copy the error"
        />
      </div>
      {traceback && (
        <>
          <button
            type="button"
            aria-expanded={isOpen}
            aria-controls={body}
            onClick={() => setOpen(!isOpen)}
            className="mt-1 flex items-center gap-1 pl-6 text-sm text-muted-foreground hover:text-foreground"
          >
            <ChevronRight
              aria-hidden
              className={cn("size-3 transition-transform", isOpen && "rotate-90")}
            />
            Traceback
          </button>
          {isOpen && (
            <pre
              id={body}
              // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keyboard too
              tabIndex={0}
              className="mt-1 max-h-80 overflow-auto rounded-md border border-border bg-raised p-2 font-mono text-sm"
            >
              {traceback}
            </pre>
          )}
        </>
      )}
    </div>
  );
}
