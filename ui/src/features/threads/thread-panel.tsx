import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Target } from "@/api/annotations";
import { ApiError } from "@/api/errors";
import { EmptyState, ErrorState, Spinner } from "@/components/ui/states";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { useStored } from "@/hooks/use-stored";
import { threadQuery } from "./api/thread";
import { ThreadBar } from "./components/thread-bar";
import { ThreadChat } from "./components/thread-chat";
import { ThreadFrame } from "./components/thread-frame";
import { ThreadSide } from "./components/thread-side";

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
export function ThreadPanel({
  projectId,
  threadId,
  onClose,
  onPrev,
  onNext,
  onOpenTrace,
  onFilter,
}: ThreadPanelProps) {
  const { data: thread, error, refetch } = useQuery(threadQuery(projectId, threadId));
  // Beside the chat there is room; on a small screen the chat comes first.
  const [hasSide, setSide] = useStored("thread-side", window.innerWidth >= 1024);
  const target = useMemo<Target | undefined>(
    () => thread && { kind: "thread", id: threadId, modelId: thread.thread_model_id, projectId },
    [thread, threadId, projectId],
  );
  const group = "Thread";
  useHotkeys([
    { keys: "escape", label: "Close the thread", group, run: onClose },
    { keys: "[", label: "Previous thread", group, run: () => onPrev?.() },
    { keys: "]", label: "Next thread", group, run: () => onNext?.() },
    { keys: "shift+k", label: "Previous thread", group, run: () => onPrev?.() },
    { keys: "shift+j", label: "Next thread", group, run: () => onNext?.() },
    { keys: "a", label: "Annotate", group, run: () => setSide(!hasSide) },
  ]);
  const isMissing = error instanceof ApiError && error.status === 404;

  return (
    <ThreadFrame>
      <ThreadBar
        projectId={projectId}
        threadId={threadId}
        thread={thread}
        hasSide={hasSide}
        onSide={() => setSide(!hasSide)}
        onPrev={onPrev}
        onNext={onNext}
        onClose={onClose}
      />
      {thread && target ? (
        <div className="flex min-h-0 flex-1 flex-col @3xl:flex-row">
          <div className="min-h-0 min-w-0 flex-1">
            <ThreadChat
              // Another thread begins at its own beginning.
              key={threadId}
              projectId={projectId}
              threadId={threadId}
              count={Math.ceil(thread.number_of_messages / 2)}
              onOpenTrace={onOpenTrace}
            />
          </div>
          {hasSide && (
            <div className="flex max-h-[45%] shrink-0 flex-col border-border max-@3xl:border-t @3xl:max-h-none @3xl:w-80 @3xl:border-l">
              <ThreadSide thread={thread} target={target} onFilter={onFilter} />
            </div>
          )}
        </div>
      ) : isMissing ? (
        <EmptyState title="There is no such thread" className="flex-1">
          It was deleted, or has not arrived yet.
        </EmptyState>
      ) : error ? (
        <ErrorState error={error} onRetry={refetch} className="flex-1" />
      ) : (
        <div className="flex flex-1 items-center justify-center">
          <Spinner />
        </div>
      )}
    </ThreadFrame>
  );
}
