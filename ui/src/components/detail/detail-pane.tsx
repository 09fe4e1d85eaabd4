import { Skeleton } from "@/components/ui/skeleton";
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
export function DetailPane({ kind, id }: DetailPaneProps) {
  return (
    <section aria-label={kind === "trace" ? "Trace" : "Span"} data-id={id} className="p-4">
      <Skeleton className="h-5 w-64" />
    </section>
  );
}
