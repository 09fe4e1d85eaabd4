import { CircleHelp } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";

const LINES: [string, string][] = [
  ["refund", "the text anywhere: input, output, name, metadata, tags"],
  ["model:gpt-4o", "is; of a list: holds"],
  ["model:(gpt-4o, gpt-5)", "any of these"],
  ["-status:ok", "not (or NOT status:ok)"],
  ["duration>2s  cost>=0.01", "compare; 300ms, 1.5m, 2h"],
  ["duration:1s..5s", "between; either end may be left out"],
  ["name:chat*  name:*chat*", "begins with; contains"],
  ["tags:*  -tags:*", "has any; has none"],
  ["score.accuracy<0.5", "a feedback score"],
  ['metadata.user:"Ann Lee"', "a path into the metadata; also input. and output."],
  ["start_time>-24h", "since then; or 2026-01-31"],
  ["(a OR b) -c", "either, and not that"],
];

/** The query language on one page. */
export function QueryHelp() {
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button variant="ghost" size="icon-sm" aria-label="How to write a query">
          <CircleHelp />
        </Button>
      </PopoverTrigger>
      <PopoverContent
        align="end"
        aria-label="How to write a query"
        className="w-[min(34rem,calc(100vw-1rem))]"
      >
        <h2 className="mb-2 font-semibold">Queries</h2>
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm max-sm:grid-cols-1">
          {LINES.map(([query, meaning]) => (
            <div key={query} className="contents">
              <dt className="font-mono whitespace-pre">{query}</dt>
              <dd className="text-muted-foreground max-sm:mb-1">{meaning}</dd>
            </div>
          ))}
        </dl>
        <p className="mt-2 text-sm text-muted-foreground">
          Conditions side by side must all hold. Put quotes around text with spaces.
        </p>
      </PopoverContent>
    </Popover>
  );
}
