import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Page } from "@/components/layout/page";
import { Skeleton } from "@/components/ui/skeleton";
import { EmptyState, ErrorState } from "@/components/ui/states";
import { destinationTypesQuery } from "./api/destination-types";
import { overviewQuery } from "./api/overview";
import { DestinationView } from "./components/destination-view";
import { FormView } from "./components/form-view";
import { ListView } from "./components/list-view";
import { TypeChoice } from "./components/type-choice";
import { CHOOSE, type ObservabilitySearch } from "./lib/search";

/** Broadcast: where the workspace's LLM calls are sent to, and how that goes. */
export function ObservabilityPage({
  search,
  onGo,
}: {
  search: ObservabilitySearch;
  onGo: (search: ObservabilitySearch, replace?: boolean) => void;
}) {
  const overview = useQuery(overviewQuery());
  const types = useQuery(destinationTypesQuery());
  if (!overview.data || !types.data) {
    const failed = overview.isError ? overview : types.isError ? types : undefined;
    return (
      <Page title="Observability">
        {failed ? (
          <ErrorState error={failed.error} onRetry={failed.refetch} className="h-full" />
        ) : (
          <Waiting />
        )}
      </Page>
    );
  }
  const { content, on } = overview.data;
  if (search.add === CHOOSE)
    return (
      <TypeChoice
        types={types.data}
        destinations={content}
        words={search.q}
        onWords={(q) => onGo({ add: CHOOSE, q }, true)}
        onBack={() => onGo({})}
      />
    );
  const id = search.edit ?? search.destination;
  const destination = content.find((one) => one.id === id);
  const wanted = search.add ?? destination?.type;
  const type = types.data.content.find((one) => one.type === wanted);
  if (search.add ?? search.edit) {
    if (!type || (search.edit && !destination))
      return <Missing what={search.edit ? "destination" : "type of destination"} />;
    if (destination?.read_only) return <Missing what="destination that can be changed" />;
    return (
      <FormView
        key={search.edit ?? search.add}
        type={type}
        words={types.data.filter}
        destination={search.edit ? destination : undefined}
        others={content}
        onDone={(saved) => onGo({ destination: saved }, true)}
        onBack={() => onGo(search.edit ? { destination: search.edit } : {})}
      />
    );
  }
  if (search.destination)
    return destination ? (
      <DestinationView
        destination={destination}
        type={type}
        isOn={on}
        search={search}
        onChange={(patch, replace) => onGo({ ...search, ...patch }, replace)}
        onBack={() => onGo({})}
      />
    ) : (
      <Missing what="destination" />
    );
  return (
    <ListView
      overview={overview.data}
      types={types.data}
      staleError={overview.isError ? overview.error : undefined}
      words={search.q}
      onWords={(q) => onGo({ q }, true)}
      onAdd={() => onGo({ add: CHOOSE })}
    />
  );
}

function Missing({ what }: { what: string }) {
  return (
    <Page title="Observability">
      <EmptyState title={`There is no such ${what}`} className="h-full">
        <Link to="/observability" search={{}} className="text-primary hover:underline">
          All destinations
        </Link>
      </EmptyState>
    </Page>
  );
}

function Waiting() {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col">
      {[0, 1, 2, 3].map((row) => (
        <div key={row} className="flex h-12 items-center gap-3 border-b border-border px-3">
          <Skeleton className="size-6" />
          <Skeleton className="w-40" />
          <Skeleton className="ml-auto w-1/3" />
        </div>
      ))}
    </div>
  );
}
