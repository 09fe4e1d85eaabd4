import { Plus } from "lucide-react";
import { useState } from "react";
import type { EntityType } from "@/api/types";
import { Button } from "@/components/ui/button";
import { useHotkeys } from "@/hooks/use-hotkeys";
import type { SliceSearch } from "@/lib/slice";
import { ConditionChip } from "./condition-chip";
import { FilterPopover } from "./filter-popover";
import { HiddenNote } from "./hidden-note";
import { TimeRange } from "./period/time-range";
import { addCondition } from "./query/splice";
import { QueryInput } from "./query-input";
import { ServerWords } from "./server-words";
import { useConditions } from "./use-conditions";

/** The query, its conditions and the period of a page; `onChange` puts a patch into the URL. */
export function ExploreBar({
  projectId,
  entity,
  search,
  onChange,
  isReady,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  onChange: (patch: Partial<SliceSearch>) => void;
  /** Whether figures may be asked for yet: rows come first. */
  isReady?: boolean;
}) {
  const [adding, setAdding] = useState(false);
  const query = search.q ?? "";
  const { parts, problem, isStale } = useConditions(entity, query);
  const setQuery = (next: string) => onChange({ q: next.trim() || undefined });
  useHotkeys([{ keys: "f", label: "Add a filter", group: "Query", run: () => setAdding(true) }]);
  return (
    <search className="flex flex-col gap-1.5">
      <div className="flex gap-2 max-md:flex-col">
        <div className="min-w-0 flex-1">
          <QueryInput projectId={projectId} entity={entity} search={search} onApply={setQuery} />
        </div>
        <TimeRange search={search} onChange={onChange} />
      </div>
      <div className="flex min-h-6 flex-wrap items-center gap-1.5">
        <FilterPopover
          projectId={projectId}
          entity={entity}
          search={search}
          rest={query}
          open={adding}
          onOpenChange={setAdding}
          onWrite={(condition) => setQuery(addCondition(query, condition))}
        >
          <Button variant="ghost" size="sm">
            <Plus /> Filter
          </Button>
        </FilterPopover>
        {problem ? (
          <p role="alert" className="min-w-0 text-sm">
            <span className="text-danger">
              <ServerWords text={problem.detail} />
            </span>{" "}
            <span className="text-muted-foreground">
              <ServerWords text={problem.hint ?? ""} />
            </span>
          </p>
        ) : (
          <div className="contents" aria-busy={isStale}>
            {parts.map((part) => (
              <ConditionChip
                key={`${part.start} ${part.text}`}
                projectId={projectId}
                entity={entity}
                search={search}
                part={part}
                onQuery={(next) => !isStale && setQuery(next)}
              />
            ))}
            {parts.length > 1 && (
              <Button variant="ghost" size="sm" onClick={() => setQuery("")}>
                Clear
              </Button>
            )}
          </div>
        )}
        <HiddenNote
          projectId={projectId}
          entity={entity}
          search={search}
          onChange={onChange}
          isReady={isReady}
        />
      </div>
    </search>
  );
}
