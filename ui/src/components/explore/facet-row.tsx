import { Ban, Check } from "lucide-react";
import { Checkbox } from "radix-ui";
import { cn } from "@/lib/cn";
import { formatCount, formatNumber } from "@/lib/format";
import type { Mark } from "./query/facet-state";

/** A value to ask for (click) or to shut out (Alt-click, or the button at its end). */
export function FacetRow({
  label,
  count,
  share,
  mark,
  isQuiet = false,
  onMark,
}: {
  label: string;
  count: number | undefined;
  /** Of the most frequent value, 0 to 1. */
  share: number;
  mark: Mark;
  isQuiet?: boolean;
  onMark: (mark: Mark) => void;
}) {
  return (
    <li className="group relative flex h-6 items-center pr-2 pl-3 hover:bg-muted">
      <Checkbox.Root
        checked={mark === "in"}
        aria-label={`${label}${count === undefined ? "" : `, ${formatNumber(count)}`}${mark === "out" ? ", left out" : ""}`}
        title={`${label}\nAlt-click leaves it out`}
        onClick={(event) => onMark(mark !== "off" ? "off" : event.altKey ? "out" : "in")}
        className="flex h-full min-w-0 flex-1 items-center gap-2 rounded-sm text-left"
      >
        <span
          aria-hidden
          className={cn(
            "inline-flex size-3.5 shrink-0 items-center justify-center rounded-[3px] border border-border-strong bg-raised",
            mark === "in" && "border-primary bg-primary text-primary-foreground",
            mark === "out" && "border-danger bg-danger-soft text-danger",
          )}
        >
          {mark === "in" && <Check className="size-2.5" strokeWidth={3} />}
          {mark === "out" && <Ban className="size-2.5" strokeWidth={3} />}
        </span>
        <span
          className={cn(
            "min-w-0 flex-1 truncate",
            isQuiet && "text-muted-foreground italic",
            mark === "out" && "text-muted-foreground line-through",
          )}
        >
          {label}
        </span>
        {count !== undefined && (
          <span
            aria-hidden
            className="tabular relative flex h-4 w-14 shrink-0 items-center justify-end text-sm text-muted-foreground"
          >
            <span
              className="absolute inset-y-0 right-0 rounded-[2px] bg-primary/15 dark:bg-primary/25"
              style={{ width: count === 0 ? 0 : `${Math.max(share * 100, 2)}%` }}
            />
            <span className="relative pr-0.5">{formatCount(count)}</span>
          </span>
        )}
      </Checkbox.Root>
      <button
        type="button"
        aria-label={mark === "out" ? `Do not leave out ${label}` : `Leave out ${label}`}
        title={mark === "out" ? "Do not leave out" : "Leave out"}
        onClick={() => onMark(mark === "out" ? "off" : "out")}
        className="absolute right-16 hidden size-5 items-center justify-center rounded-sm border border-border bg-raised text-muted-foreground group-hover:inline-flex group-focus-within:inline-flex hover:text-danger focus-visible:inline-flex"
      >
        <Ban className="size-3" />
      </button>
    </li>
  );
}
