import { Skeleton } from "@/components/ui/skeleton";

export type ThreadPanelProps = {
  projectId: string;
  threadId: string;
  onClose: () => void;
  /** Absent at the ends of the list. */
  onPrev?: (() => void) | undefined;
  onNext?: (() => void) | undefined;
  onOpenTrace: (traceId: string) => void;
  onFilter?: ((query: string) => void) | undefined;
};

/** A conversation as a chat, beside its scores, tags and comments. */
export function ThreadPanel({ threadId }: ThreadPanelProps) {
  return (
    <section aria-label="Thread" data-id={threadId} className="p-4">
      <Skeleton className="h-5 w-64" />
    </section>
  );
}
