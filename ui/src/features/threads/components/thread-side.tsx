import type { Target } from "@/api/annotations";
import { AnnotatePanel } from "@/components/annotate/annotate-panel";
import { Comments } from "@/components/annotate/comments";
import { ScoresTable } from "@/components/annotate/scores-table";
import { TagEditor } from "@/components/annotate/tag-editor";
import { Tabs } from "@/components/ui/tabs";
import { useStored } from "@/hooks/use-stored";
import { quoteValue } from "@/lib/slice";
import type { ThreadDetail } from "../api/thread";

type Part = "annotate" | "scores" | "comments";

/** What people say about a whole thread: tags, scores, comments. */
export function ThreadSide({
  thread,
  target,
  onFilter,
}: {
  thread: ThreadDetail;
  target: Target;
  onFilter?: ((query: string) => void) | undefined;
}) {
  const [part, setPart] = useStored<Part>("thread-side.part", "annotate");
  const scores = thread.feedback_scores ?? [];
  const comments = thread.comments ?? [];
  return (
    <>
      <div className="shrink-0 border-b border-border px-3 py-2">
        <TagEditor
          target={target}
          tags={thread.tags ?? []}
          onPick={onFilter && ((tag) => onFilter(`tags:${quoteValue(tag)}`))}
        />
      </div>
      <Tabs
        label="About the thread"
        value={part}
        onChange={setPart}
        className="flex-1"
        tabs={[
          {
            value: "annotate",
            label: "Annotate",
            panel: <AnnotatePanel target={target} scores={scores} />,
          },
          {
            value: "scores",
            label: <Counted label="Scores" count={scores.length} />,
            panel: (
              <ScoresTable target={target} scores={scores} onAnnotate={() => setPart("annotate")} />
            ),
          },
          {
            value: "comments",
            label: <Counted label="Comments" count={comments.length} />,
            panel: <Comments target={target} comments={comments} />,
          },
        ]}
      />
    </>
  );
}

function Counted({ label, count }: { label: string; count: number }) {
  return (
    <>
      {label}
      {count > 0 && <span className="text-sm text-muted-foreground tabular">{count}</span>}
    </>
  );
}
