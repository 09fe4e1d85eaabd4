import { type FormEvent, useState } from "react";
import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";
import { Kbd } from "@/components/ui/kbd";

/** A text to send; Ctrl or ⌘ with Enter sends it, and it stays when the sending fails. */
export function CommentForm({
  label,
  send,
  text: given = "",
  onSend,
  onCancel,
}: {
  label: string;
  send: string;
  text?: string;
  onSend: (text: string) => Promise<void>;
  onCancel?: () => void;
}) {
  const [text, setText] = useState(given);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const isReady = text.trim() !== "" && text !== given && !busy;

  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    if (!isReady) return;
    setBusy(true);
    setError("");
    try {
      await onSend(text.trim());
      if (!given) setText("");
    } catch (thrown) {
      setError(messageOf(thrown));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-1.5">
      <Textarea
        aria-label={label}
        placeholder={label}
        rows={3}
        value={text}
        autoFocus={given !== ""}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
            event.preventDefault();
            void submit();
          }
          if (event.key === "Escape") {
            event.preventDefault();
            event.stopPropagation();
            if (onCancel) onCancel();
            else event.currentTarget.blur();
          }
        }}
      />
      {error && (
        <p role="alert" className="text-danger">
          {error}
        </p>
      )}
      <div className="flex items-center justify-end gap-2">
        <Kbd keys="mod+enter" />
        {onCancel && (
          <Button size="sm" onClick={onCancel}>
            Cancel
          </Button>
        )}
        <Button type="submit" size="sm" variant="primary" disabled={!isReady}>
          {send}
        </Button>
      </div>
    </form>
  );
}
