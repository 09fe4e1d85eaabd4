import { X } from "lucide-react";
import { useState } from "react";
import type { EntityType } from "@/api/types";
import { cn } from "@/lib/cn";
import type { SliceSearch } from "@/lib/slice";
import { FilterPopover } from "./filter-popover";
import { negated, removeChip, replaceChip } from "./query/splice";
import { QueryHighlight } from "./query-highlight";
import type { Part } from "./use-conditions";

/**
 * A condition of the query as a thing to touch: a click opens its form, Delete takes it out, a
 * minus or a click with Alt turns it round.
 */
export function ConditionChip({
  projectId,
  entity,
  search,
  part,
  onQuery,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  part: Part;
  onQuery: (query: string) => void;
}) {
  const [open, setOpen] = useState(false);
  const query = search.q ?? "";
  const rest = removeChip(query, part);
  const isOut = part.kind === "condition" ? part.chip.negated : part.group.negated;
  const turn = () => onQuery(replaceChip(query, part, negated(part.text)));
  return (
    <span
      className={cn(
        "inline-flex h-6 max-w-full items-center rounded-md border border-border-strong bg-raised",
        isOut && "border-dashed",
      )}
    >
      <FilterPopover
        projectId={projectId}
        entity={entity}
        search={search}
        part={part}
        rest={rest}
        open={open}
        onOpenChange={setOpen}
        onWrite={(condition) => onQuery(replaceChip(query, part, condition))}
        onRemove={() => onQuery(rest)}
      >
        <button
          type="button"
          title={`${part.text}\nClick to change, Alt-click to turn into its opposite`}
          onClick={(event) => {
            if (!event.altKey) return;
            event.preventDefault();
            turn();
          }}
          onKeyDown={(event) => {
            if (event.key === "Delete" || event.key === "Backspace") onQuery(rest);
            else if (event.key === "-") turn();
            else return;
            event.preventDefault();
          }}
          className="h-full max-w-80 min-w-0 truncate rounded-l-md pr-1 pl-2 font-mono text-sm hover:bg-muted"
        >
          <QueryHighlight text={part.text} />
        </button>
      </FilterPopover>
      <button
        type="button"
        aria-label={`Remove ${part.text}`}
        onClick={() => onQuery(rest)}
        className="inline-flex h-full items-center rounded-r-md px-1 text-muted-foreground hover:bg-muted hover:text-foreground"
      >
        <X className="size-3" />
      </button>
    </span>
  );
}
