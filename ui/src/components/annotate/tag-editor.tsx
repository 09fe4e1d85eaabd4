import { useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { changeTags, refreshTarget, type Target } from "@/api/annotations";
import { messageOf } from "@/api/errors";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { toast } from "@/lib/toast";
import { useAuthor } from "./use-author";

const LONGEST = 100;

/** Tags, each to be taken away, and a field that adds one. Changes show at once and come back when they fail. */
export function TagEditor({
  target,
  tags,
  onPick,
}: {
  target: Target;
  tags: readonly string[];
  /** What a click on a tag does: narrows the page to it. */
  onPick?: ((tag: string) => void) | undefined;
}) {
  const client = useQueryClient();
  const { canWrite } = useAuthor();
  const [pending, setPending] = useState<readonly string[] | null>(null);
  const [isAdding, setAdding] = useState(false);
  const shown = pending ?? tags;

  const change = async (next: readonly string[], edit: { add?: string[]; remove?: string[] }) => {
    setPending(next);
    try {
      await changeTags(target, edit);
      await refreshTarget(client, target);
    } catch (thrown) {
      toast(`The tags were not changed. ${messageOf(thrown)}`, { tone: "danger" });
    } finally {
      setPending(null);
    }
  };
  const add = (text: string) => {
    const tag = text.trim();
    if (tag && !shown.includes(tag)) void change([...shown, tag], { add: [tag] });
  };

  return (
    <ul aria-label="Tags" className="flex flex-wrap items-center gap-1">
      {shown.map((tag) => (
        <li key={tag}>
          <Badge className="pr-0.5">
            {onPick ? (
              <button
                type="button"
                className="max-w-48 truncate hover:underline"
                title={`Filter by the tag ${tag}`}
                onClick={() => onPick(tag)}
              >
                {tag}
              </button>
            ) : (
              <span className="max-w-48 truncate">{tag}</span>
            )}
            {canWrite ? (
              <button
                type="button"
                aria-label={`Remove the tag ${tag}`}
                className="inline-flex size-4 items-center justify-center rounded-sm text-muted-foreground hover:bg-accent hover:text-foreground"
                onClick={() =>
                  void change(
                    shown.filter((other) => other !== tag),
                    { remove: [tag] },
                  )
                }
              >
                <X />
              </button>
            ) : (
              <span className="w-1" />
            )}
          </Badge>
        </li>
      ))}
      {canWrite && (
        <li>
          {isAdding ? (
            <input
              aria-label="New tag"
              placeholder="tag, Enter"
              maxLength={LONGEST}
              // biome-ignore lint/a11y/noAutofocus: it appears because the reader asked to add a tag
              autoFocus
              className="h-5 w-28 rounded-sm border border-border-strong bg-raised px-1.5 text-sm"
              onKeyDown={(event) => {
                if (event.key === "Enter") {
                  add(event.currentTarget.value);
                  event.currentTarget.value = "";
                }
                if (event.key === "Escape") {
                  event.preventDefault();
                  event.stopPropagation();
                  event.currentTarget.value = "";
                  setAdding(false);
                }
              }}
              onBlur={(event) => {
                add(event.currentTarget.value);
                setAdding(false);
              }}
            />
          ) : (
            <Button
              variant="ghost"
              className="h-5 px-1 text-sm font-normal text-muted-foreground"
              onClick={() => setAdding(true)}
              aria-label="Add a tag"
            >
              <Plus />
              {shown.length === 0 && "tag"}
            </Button>
          )}
        </li>
      )}
    </ul>
  );
}
