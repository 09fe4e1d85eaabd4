import { CalendarClock, ChevronLeft, ChevronRight, ZoomOut } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { Tooltip } from "@/components/ui/tooltip";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { cn } from "@/lib/cn";
import { DEFAULT_RANGE, RANGES, type SliceSearch } from "@/lib/slice";
import { boundsOf, canGoLater, periodWords, shifted, zoomedOut } from "./period";
import { PeriodForm } from "./period-form";

/** The period in words; earlier, later, wider; named ranges and moments of one's own. */
export function TimeRange({
  search,
  onChange,
}: {
  search: SliceSearch;
  onChange: (patch: Partial<SliceSearch>) => void;
}) {
  const [open, setOpen] = useState(false);
  const now = Date.now();
  const hasBounds = boundsOf(search, now) !== undefined;
  const go = (patch: Partial<SliceSearch> | undefined) => patch && onChange(patch);
  const earlier = () => go(shifted(search, -1, Date.now()));
  const later = () => canGoLater(search, Date.now()) && go(shifted(search, 1, Date.now()));
  const wider = () => go(zoomedOut(search, Date.now()));
  useHotkeys([
    { keys: "[", label: "Earlier period", group: "Query", run: earlier },
    { keys: "]", label: "Later period", group: "Query", run: later },
    { keys: "\\", label: "Wider period", group: "Query", run: wider },
  ]);
  const named = !search.from && !search.to;
  return (
    <fieldset aria-label="Period" className="m-0 flex shrink-0 items-center gap-0.5 border-0 p-0">
      <Tooltip label="Earlier" keys="[">
        <Button
          variant="ghost"
          size="icon"
          aria-label="Earlier period"
          disabled={!hasBounds}
          onClick={earlier}
        >
          <ChevronLeft />
        </Button>
      </Tooltip>
      <Popover open={open} onOpenChange={setOpen}>
        <PopoverTrigger asChild>
          <Button className="min-w-36 justify-center tabular max-md:flex-1">
            <CalendarClock /> {periodWords(search, now)}
          </Button>
        </PopoverTrigger>
        <PopoverContent
          align="end"
          aria-label="Period"
          className="w-[min(30rem,calc(100vw-1rem))] p-0"
        >
          <div className="flex max-sm:flex-col">
            <ul className="m-0 grid w-44 shrink-0 list-none content-start border-r border-border p-1 max-sm:w-full max-sm:grid-cols-2 max-sm:border-r-0 max-sm:border-b">
              {RANGES.map((range) => {
                const holds = named && range.value === (search.range ?? DEFAULT_RANGE);
                return (
                  <li key={range.value}>
                    <button
                      type="button"
                      aria-current={holds}
                      onClick={() => {
                        setOpen(false);
                        onChange({ range: range.value, from: undefined, to: undefined });
                      }}
                      className={cn(
                        "flex h-7 w-full items-center rounded-sm px-2 hover:bg-muted",
                        holds && "bg-selection font-medium",
                      )}
                    >
                      {range.label}
                    </button>
                  </li>
                );
              })}
            </ul>
            <PeriodForm
              search={search}
              now={now}
              onApply={(patch) => {
                setOpen(false);
                onChange(patch);
              }}
            />
          </div>
        </PopoverContent>
      </Popover>
      <Tooltip label="Later" keys="]">
        <Button
          variant="ghost"
          size="icon"
          aria-label="Later period"
          disabled={!canGoLater(search, now)}
          onClick={later}
        >
          <ChevronRight />
        </Button>
      </Tooltip>
      <Tooltip label="Wider" keys="\">
        <Button
          variant="ghost"
          size="icon"
          aria-label="Wider period"
          disabled={!hasBounds}
          onClick={wider}
        >
          <ZoomOut />
        </Button>
      </Tooltip>
    </fieldset>
  );
}
