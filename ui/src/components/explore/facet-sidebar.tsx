import { useQuery } from "@tanstack/react-query";
import { facetsQuery } from "@/api/queries/facets";
import type { EntityType } from "@/api/types";
import { Skeleton } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/states";
import { useStored } from "@/hooks/use-stored";
import { cn } from "@/lib/cn";
import { type SliceSearch, sliceOf } from "@/lib/slice";
import { FacetGroup } from "./facet-group";
import { useConditions } from "./use-conditions";

/** Values with their counts; checking one writes it into the query, and the query checks it here. */
export function FacetSidebar({
  projectId,
  entity,
  search,
  onChange,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  onChange: (patch: Partial<SliceSearch>) => void;
}) {
  const query = search.q ?? "";
  const facets = useQuery(facetsQuery(projectId, sliceOf(search, entity)));
  const { chips, isStale, problem } = useConditions(entity, query);
  const [closed, setClosed] = useStored<string[]>(`facets-closed.${entity}`, []);
  const setQuery = (next: string) => {
    if (!isStale && !problem) onChange({ q: next.trim() || undefined });
  };
  const body = () => {
    if (problem)
      return (
        <p className="p-3 text-sm text-muted-foreground">
          Values show again when the query can be read.
        </p>
      );
    if (facets.error && !facets.data)
      return <ErrorState error={facets.error} onRetry={facets.refetch} className="p-4" />;
    if (!facets.data) return <Loading />;
    const shown = facets.data.filter((f) => f.values.length > 0 || (f.missing ?? 0) > 0);
    if (shown.length === 0)
      return <p className="p-3 text-sm text-muted-foreground">No values in this period.</p>;
    return shown.map((facet) => (
      <FacetGroup
        key={facet.field}
        projectId={projectId}
        entity={entity}
        search={search}
        facet={facet}
        chips={chips}
        isOpen={!closed.includes(facet.field)}
        onOpen={(open) =>
          setClosed(open ? closed.filter((f) => f !== facet.field) : [...closed, facet.field])
        }
        onQuery={setQuery}
      />
    ));
  };
  return (
    <aside
      aria-label="Values"
      aria-busy={facets.isFetching}
      className="h-full w-60 shrink-0 overflow-x-hidden overflow-y-auto border-r border-border pb-4 "
    >
      {body()}
    </aside>
  );
}

const WIDTHS = ["w-3/4", "w-1/2", "w-2/3", "w-2/5"];

function Loading() {
  return (
    <div role="status" aria-label="Loading values">
      {WIDTHS.map((group) => (
        <div key={group} className="border-b border-border px-3 py-2">
          <Skeleton className="mb-3 w-16" />
          {WIDTHS.map((width) => (
            <Skeleton key={width} className={cn("my-3", width)} />
          ))}
        </div>
      ))}
    </div>
  );
}
