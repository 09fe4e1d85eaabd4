import { type FormEvent, type ReactNode, useState } from "react";
import { messageOf } from "@/api/errors";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { Segmented } from "@/components/ui/segmented";
import { readTags } from "../lib/tags";

/** Adds tags to the selected rows, or takes them away. */
export function TagsPopover({
  tags,
  onTags,
  children,
}: {
  tags: readonly string[];
  onTags: (action: "add_tags" | "remove_tags", tags: string[]) => Promise<void>;
  children: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>{children}</PopoverTrigger>
      <PopoverContent align="end" aria-label="Tags of the selected rows">
        <TagsForm tags={tags} onTags={onTags} onDone={() => setOpen(false)} />
      </PopoverContent>
    </Popover>
  );
}

const ACTIONS = [
  { value: "add_tags", label: "Add" },
  { value: "remove_tags", label: "Remove" },
] as const;

function TagsForm({
  tags,
  onTags,
  onDone,
}: {
  tags: readonly string[];
  onTags: (action: "add_tags" | "remove_tags", tags: string[]) => Promise<void>;
  onDone: () => void;
}) {
  const [action, setAction] = useState<"add_tags" | "remove_tags">("add_tags");
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const wanted = readTags(text);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (wanted.length === 0) return;
    setBusy(true);
    setError("");
    try {
      await onTags(action, wanted);
      onDone();
    } catch (thrown) {
      setError(messageOf(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <Segmented label="What to do" value={action} options={ACTIONS} onChange={setAction} />
      <Input
        autoFocus
        aria-label="Tags"
        placeholder="Tags, with commas between"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {tags.length > 0 && (
        <ul className="flex max-h-32 flex-wrap gap-1 overflow-y-auto" aria-label="Tags in sight">
          {tags.map((tag) => (
            <li key={tag}>
              <button
                type="button"
                aria-pressed={wanted.includes(tag)}
                onClick={() =>
                  setText(
                    (wanted.includes(tag)
                      ? wanted.filter((other) => other !== tag)
                      : [...wanted, tag]
                    ).join(", "),
                  )
                }
              >
                <Badge tone={wanted.includes(tag) ? "primary" : "neutral"}>{tag}</Badge>
              </button>
            </li>
          ))}
        </ul>
      )}
      {error && (
        <p role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
      <Button
        type="submit"
        variant="primary"
        className="self-end"
        disabled={isBusy || wanted.length === 0}
      >
        {action === "add_tags" ? "Add" : "Remove"}
      </Button>
    </form>
  );
}
