import { History } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { formatCost, formatTime } from "@/lib/format";
import { type Run, titleOf } from "../lib/history";

/** What was asked in this tab, to look at or ask again. */
export function HistoryPopover({
  history,
  onPick,
  onClear,
}: {
  history: readonly Run[];
  onPick: (run: Run) => void;
  onClear: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover open={isOpen} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button aria-label="History">
          <History /> <span className="max-sm:sr-only">History</span>
        </Button>
      </PopoverTrigger>
      <PopoverContent
        aria-label="History"
        align="end"
        className="w-[min(26rem,calc(100vw-2rem))] p-1.5"
      >
        {history.length === 0 ? (
          <p className="p-2 text-muted-foreground">
            What you ask here is kept in this tab until you close it.
          </p>
        ) : (
          <>
            <ul className="m-0 max-h-96 list-none overflow-y-auto p-0">
              {history.map((run) => (
                <li key={run.key}>
                  <button
                    type="button"
                    className="flex w-full min-w-0 flex-col rounded-sm px-2 py-1 text-left hover:bg-muted"
                    onClick={() => {
                      setOpen(false);
                      onPick(run);
                    }}
                  >
                    <span className="w-full truncate">{titleOf(run)}</span>
                    <span className="flex w-full min-w-0 gap-2 text-sm text-muted-foreground">
                      <span className="min-w-0 truncate font-mono">
                        {run.answers.map((one) => one.asked).join(" · ")}
                      </span>
                      <span className="ml-auto shrink-0 tabular">
                        {formatCost(run.answers.reduce((sum, one) => sum + (one.costUsd ?? 0), 0))}{" "}
                        {formatTime(run.at).slice(11)}
                      </span>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
            <div className="border-t border-border pt-1.5">
              <Button size="sm" variant="ghost" onClick={onClear}>
                Forget all
              </Button>
            </div>
          </>
        )}
      </PopoverContent>
    </Popover>
  );
}
