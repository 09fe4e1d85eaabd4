import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Dialog, DialogButtons } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/input";
import { type Environment, environmentsQuery, saveEnvironment } from "../api/environments";

/** Makes an environment, or changes the one given. */
export function EnvironmentDialog({
  environment,
  onClose,
}: {
  environment: Environment | undefined;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const [name, setName] = useState(environment?.name ?? "");
  const [description, setDescription] = useState(environment?.description ?? "");
  const [color, setColor] = useState(environment?.color ?? "#3b82f6");
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await saveEnvironment(environment?.id, { name: name.trim(), description, color });
      await client.invalidateQueries({ queryKey: environmentsQuery().queryKey });
      onClose();
    } catch (thrown) {
      setError(messageOf(thrown));
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={environment ? "Edit environment" : "New environment"}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Name" help="Letters, digits, - and _, such as production." error={error}>
          <Input
            value={name}
            onChange={(event) => setName(event.target.value)}
            required
            autoFocus
            maxLength={150}
            pattern="[A-Za-z0-9_\-]+"
          />
        </Field>
        <Field label="Description">
          <Input
            value={description}
            onChange={(event) => setDescription(event.target.value)}
            maxLength={500}
          />
        </Field>
        <Field label="Colour">
          <input
            type="color"
            value={color}
            onChange={(event) => setColor(event.target.value)}
            className="h-7 w-14 rounded-md border border-border-strong bg-raised p-0.5"
          />
        </Field>
        <DialogButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={!name.trim()}>
            {environment ? "Save" : "Create"}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}
