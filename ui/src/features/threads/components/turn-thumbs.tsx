import { useQueryClient } from "@tanstack/react-query";
import { ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";
import { deleteScore, putScore, refreshTarget, type Target } from "@/api/annotations";
import { messageOf } from "@/api/errors";
import { useAuthor } from "@/components/annotate/use-author";
import { Button } from "@/components/ui/button";
import { toast } from "@/lib/toast";

/** The score that thumbs give; the SDK's users know it by this name. */
export const THUMBS = "User feedback";

/** Good or bad, on one turn: a second press takes it back. */
export function TurnThumbs({ target, value }: { target: Target; value: number | undefined }) {
  const client = useQueryClient();
  const { user, canWrite } = useAuthor();
  // What is on its way shows at once; null is "none".
  const [draft, setDraft] = useState<number | null | undefined>(undefined);
  const shown = draft === undefined ? value : (draft ?? undefined);

  const give = async (next: number) => {
    const isBack = shown === next;
    setDraft(isBack ? null : next);
    try {
      if (isBack) await deleteScore(target, THUMBS, user);
      else
        await putScore(target, {
          name: THUMBS,
          value: next,
          category_name: next === 1 ? "👍" : "👎",
        });
      await refreshTarget(client, target);
    } catch (thrown) {
      toast(`The score was not saved. ${messageOf(thrown)}`, { tone: "danger" });
    } finally {
      setDraft(undefined);
    }
  };

  return (
    <span className="inline-flex">
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label="Good answer"
        aria-pressed={shown === 1}
        disabled={!canWrite}
        onClick={() => void give(1)}
      >
        <ThumbsUp className={shown === 1 ? "fill-success text-success" : undefined} />
      </Button>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label="Bad answer"
        aria-pressed={shown === 0}
        disabled={!canWrite}
        onClick={() => void give(0)}
      >
        <ThumbsDown className={shown === 0 ? "fill-danger text-danger" : undefined} />
      </Button>
    </span>
  );
}
