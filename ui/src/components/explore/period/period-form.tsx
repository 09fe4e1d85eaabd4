import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/input";
import type { SliceSearch } from "@/lib/slice";
import { boundsOf, fromInput, lengthWords, toInput } from "./period";

/** From and to as local moments; an open end goes on to now. */
export function PeriodForm({
  search,
  now,
  onApply,
}: {
  search: SliceSearch;
  now: number;
  onApply: (patch: Pick<SliceSearch, "from" | "to">) => void;
}) {
  const bounds = boundsOf(search, now);
  const [from, setFrom] = useState(bounds ? toInput(bounds.from) : "");
  const [to, setTo] = useState(search.to ? toInput(Date.parse(search.to)) : "");
  const start = fromInput(from);
  const end = fromInput(to);
  const length = start ? (end ? Date.parse(end) : now) - Date.parse(start) : undefined;
  const problem =
    length !== undefined && length <= 0
      ? end
        ? "The end must be after the start"
        : "The start must lie in the past"
      : undefined;
  return (
    <form
      className="flex min-w-0 flex-1 flex-col gap-3 p-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!problem && (start || end)) onApply({ from: start, to: end });
      }}
    >
      <Field label="From">
        <Input
          type="datetime-local"
          step={1}
          value={from}
          onChange={(e) => setFrom(e.target.value)}
        />
      </Field>
      <Field label="To" help="Empty: up to now" error={problem}>
        <Input type="datetime-local" step={1} value={to} onChange={(e) => setTo(e.target.value)} />
      </Field>
      <div className="flex items-center justify-between gap-2">
        <span className="text-sm text-muted-foreground">
          {length !== undefined && length > 0 ? lengthWords(length) : ""}
        </span>
        <Button
          variant="primary"
          type="submit"
          disabled={problem !== undefined || (!start && !end)}
        >
          Apply
        </Button>
      </div>
      <p className="text-xs text-muted-foreground">
        In the time of this computer ({Intl.DateTimeFormat().resolvedOptions().timeZone})
      </p>
    </form>
  );
}
