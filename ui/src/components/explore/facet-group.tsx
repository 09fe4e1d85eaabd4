import { ChevronRight, Search } from "lucide-react";
import { useState } from "react";
import type { Chip, EntityType, Facet } from "@/api/types";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import type { SliceSearch } from "@/lib/slice";
import { FacetRow } from "./facet-row";
import { FacetSearch } from "./facet-search";
import { chipsOf, markOf, markOfMissing, setMark, setMissing } from "./query/facet-state";
import { removeChip } from "./query/splice";

const FEW = 8;

/** One field: its values by frequency, with the length of the bar saying how much of the largest. */
export function FacetGroup({
  projectId,
  entity,
  search,
  facet,
  chips,
  isOpen,
  onOpen,
  onQuery,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  facet: Facet;
  chips: readonly Chip[];
  isOpen: boolean;
  onOpen: (open: boolean) => void;
  onQuery: (query: string) => void;
}) {
  const [all, setAll] = useState(false);
  const [isSearching, setSearching] = useState(false);
  const query = search.q ?? "";
  const own = chipsOf(facet, chips);
  const missing = facet.missing ?? 0;
  const largest = Math.max(1, missing, ...facet.values.map((v) => v.count));
  const isBuckets = facet.kind === "buckets";
  const marks = new Map(facet.values.map((v) => [v, markOf(facet, v, chips)]));
  const shown =
    all || isBuckets
      ? facet.values
      : facet.values.filter((v, i) => i < FEW || marks.get(v) !== "off");
  const rest = facet.values.length - shown.length;
  const clear = () =>
    onQuery(
      [...own].sort((a, b) => b.start - a.start).reduce((text, c) => removeChip(text, c), query),
    );
  return (
    <section aria-label={facet.label} className="border-b border-border py-1">
      <div className="group flex h-7 items-center pr-2">
        <h2 className="min-w-0 flex-1">
          <button
            type="button"
            aria-expanded={isOpen}
            onClick={() => onOpen(!isOpen)}
            className="flex h-7 w-full items-center gap-1 pl-2 text-left font-medium"
          >
            <ChevronRight
              aria-hidden
              className={cn(
                "size-3.5 shrink-0 text-muted-foreground transition-transform",
                isOpen && "rotate-90",
              )}
            />
            <span className="truncate" title={facet.field}>
              {facet.label}
            </span>
          </button>
        </h2>
        {facet.sampled && (
          <span
            className="px-1 text-xs text-muted-foreground"
            title="Counted in the newest rows only"
          >
            newest
          </span>
        )}
        {own.length > 0 && (
          <Button
            variant="ghost"
            size="sm"
            className="h-5 px-1.5 text-primary"
            aria-label={`Clear ${facet.label}`}
            onClick={clear}
          >
            Clear
          </Button>
        )}
        {isOpen && !isBuckets && facet.values.length >= FEW && (
          <Button
            variant="ghost"
            size="icon-sm"
            className="size-5"
            aria-label={`Search ${facet.label}`}
            aria-pressed={isSearching}
            onClick={() => setSearching(!isSearching)}
          >
            <Search />
          </Button>
        )}
      </div>
      {isOpen && isSearching && (
        <FacetSearch
          projectId={projectId}
          entity={entity}
          search={search}
          facet={facet}
          chips={chips}
          onQuery={onQuery}
          onClose={() => setSearching(false)}
        />
      )}
      {isOpen && !isSearching && (
        <ul className="m-0 list-none p-0 pb-1">
          {shown.map((value) => (
            <FacetRow
              key={value.query}
              label={value.label || value.value || "(empty)"}
              count={value.count}
              share={value.count / largest}
              mark={marks.get(value) ?? "off"}
              onMark={(mark) => onQuery(setMark(query, facet, value, chips, mark))}
            />
          ))}
          {missing > 0 && (
            <FacetRow
              label="none"
              isQuiet
              count={missing}
              share={missing / largest}
              mark={markOfMissing(facet, chips)}
              onMark={(mark) => onQuery(setMissing(query, facet, chips, mark))}
            />
          )}
          {(rest > 0 || (all && facet.values.length > FEW)) && (
            <li className="pl-3">
              <Button
                variant="ghost"
                size="sm"
                className="h-5 px-1 text-muted-foreground"
                onClick={() => setAll(!all)}
              >
                {all ? "Fewer" : `${rest} more`}
              </Button>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}
