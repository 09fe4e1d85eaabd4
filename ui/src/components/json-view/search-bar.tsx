import { ArrowDown, ArrowUp, X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Spinner } from "@/components/ui/states";
import { formatNumber } from "@/lib/format";

/** A field to search in, how many were found, and the way to the next and the one before. */
export function SearchBar({
  label,
  term,
  at,
  total,
  isRunning = false,
  onTerm,
  onStep,
  onClose,
}: {
  label: string;
  term: string;
  /** From 0; -1 before the first. */
  at: number;
  total: number;
  isRunning?: boolean;
  onTerm: (term: string) => void;
  onStep: (by: 1 | -1) => void;
  onClose: () => void;
}): ReactNode {
  return (
    <search className="flex items-center gap-1 px-2 pb-1.5">
      <Input
        aria-label={label}
        placeholder={label}
        autoFocus
        value={term}
        className="h-6 min-w-0 flex-1"
        onChange={(event) => onTerm(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            onStep(event.shiftKey ? -1 : 1);
          }
          if (event.key === "Escape") {
            event.preventDefault();
            event.stopPropagation();
            onClose();
          }
        }}
      />
      <span role="status" className="min-w-14 text-center text-sm text-muted-foreground tabular">
        {term !== "" &&
          (total === 0 && !isRunning
            ? "nothing"
            : `${formatNumber(Math.max(0, at + 1))} of ${formatNumber(total)}`)}
      </span>
      {isRunning && <Spinner label="Searching" />}
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label="Previous hit"
        disabled={total === 0}
        onClick={() => onStep(-1)}
      >
        <ArrowUp />
      </Button>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label="Next hit"
        disabled={total === 0}
        onClick={() => onStep(1)}
      >
        <ArrowDown />
      </Button>
      <Button variant="ghost" size="icon-sm" aria-label="Close the search" onClick={onClose}>
        <X />
      </Button>
    </search>
  );
}
