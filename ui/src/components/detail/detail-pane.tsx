import { useQuery } from "@tanstack/react-query";
import { ApiError } from "@/api/errors";
import { entityDetailQuery } from "@/api/queries/entity-detail";
import { Skeleton } from "@/components/ui/skeleton";
import { EmptyState, ErrorState } from "@/components/ui/states";
import { EntityView } from "./entity-view";
import type { DetailActions, DetailTab, EntityKind } from "./types";

export type DetailPaneProps = DetailActions & {
  kind: EntityKind;
  id: string;
  traceId: string;
  projectId: string;
  /** From the URL; absent or unknown means what suits the entity. */
  tab?: string | undefined;
  onTab: (tab: DetailTab) => void;
};

/** Everything about one trace or span: figures, messages, payloads, scores, comments, attachments. */
export function DetailPane({
  kind,
  id,
  traceId,
  tab,
  onTab,
  onFilter,
  onAddColumn,
}: DetailPaneProps) {
  const { data, error, refetch } = useQuery(entityDetailQuery(kind, id));
  if (error && !data) {
    if (error instanceof ApiError && error.status === 404)
      return (
        <EmptyState title={`There is no such ${kind}`} className="h-full">
          It was deleted, or has not arrived yet.
        </EmptyState>
      );
    return <ErrorState error={error} onRetry={refetch} className="h-full" />;
  }
  return (
    <section aria-label={kind === "trace" ? "Trace" : "Span"} className="h-full min-h-0 min-w-0">
      {data ? (
        <EntityView
          // Another entity starts anew: nothing of one is ever shown for another.
          key={`${kind} ${id}`}
          kind={kind}
          detail={data}
          traceId={traceId}
          tab={tab}
          onTab={onTab}
          onFilter={onFilter}
          onAddColumn={onAddColumn}
        />
      ) : (
        <Loading />
      )}
    </section>
  );
}

function Loading() {
  return (
    <div className="flex flex-col gap-3 px-4 py-3" aria-hidden>
      <Skeleton className="h-5 w-56" />
      <Skeleton className="h-4 w-80 max-w-full" />
      <Skeleton className="h-5 w-40" />
      <Skeleton className="mt-4 h-4 w-full" />
      <Skeleton className="h-4 w-11/12" />
      <Skeleton className="h-4 w-4/5" />
    </div>
  );
}
