import { type ReactNode, useRef, useState } from "react";
import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Spinner } from "@/components/ui/states";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { type FieldErrors, fieldErrors } from "./field-errors";
import { LeaveGuard } from "./leave-guard";

/**
 * A form over a page: its sections, and a bar with Save that stays in sight. Errors of fields go to `children`,
 * the rest stands in the bar. `problems` says what is wrong before the server is asked.
 */
export function FormFrame({
  label,
  save,
  group,
  isDirty,
  canSave = true,
  problems,
  onSave,
  onCancel,
  children,
}: {
  label: string;
  save: string;
  /** Under which the key to save is listed. */
  group: string;
  isDirty: boolean;
  canSave?: boolean;
  problems: () => FieldErrors;
  /** Saves, and returns what to do when the form may go. */
  onSave: () => Promise<() => void>;
  onCancel: () => void;
  children: (errors: FieldErrors) => ReactNode;
}) {
  const [errors, setErrors] = useState<FieldErrors>({});
  const [general, setGeneral] = useState("");
  const [isBusy, setBusy] = useState(false);
  const isSaved = useRef(false);
  const form = useRef<HTMLFormElement>(null);
  const showFirst = () =>
    setTimeout(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus());
  const submit = async () => {
    if (isBusy || !canSave) return;
    const found = problems();
    setErrors(found);
    setGeneral("");
    if (Object.keys(found).length > 0) return void showFirst();
    setBusy(true);
    try {
      const leave = await onSave();
      isSaved.current = true;
      leave();
    } catch (thrown) {
      setErrors(fieldErrors(thrown));
      setGeneral(messageOf(thrown));
      showFirst();
    } finally {
      setBusy(false);
    }
  };
  useHotkeys([
    { keys: "mod+enter", label: save, group, run: () => void submit(), whileTyping: true },
  ]);
  return (
    <form
      ref={form}
      aria-label={label}
      noValidate
      className="flex min-h-full flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {children(errors)}
      <div className="sticky bottom-0 z-10 mt-auto flex flex-wrap items-center gap-2 border-t border-border bg-background px-4 py-2.5">
        <Button type="submit" variant="primary" disabled={isBusy || !canSave}>
          {isBusy && <Spinner label="Saving" className="[&_svg]:text-current" />}
          {save}
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
        {general && (
          <p role="alert" className="min-w-0 text-danger">
            {general}
          </p>
        )}
      </div>
      <LeaveGuard isDirty={() => isDirty && !isSaved.current} />
    </form>
  );
}
