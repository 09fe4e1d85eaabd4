import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "@/api/errors";
import { createView } from "@/api/queries/views";
import type { EntityType } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/input";
import { toast } from "@/lib/toast";

/** Gives what is shown a name. */
export function SaveViewForm({
  projectId,
  entity,
  search,
  onSaved,
}: {
  projectId: string;
  entity: EntityType;
  search: string;
  onSaved: () => void;
}) {
  const [name, setName] = useState("");
  const save = useMutation({
    mutationFn: () => createView(projectId, { name: name.trim(), entity, state: { search } }),
    onSuccess: (view) => {
      toast(`“${view.name}” is saved`);
      onSaved();
    },
  });
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) save.mutate();
      }}
    >
      <Field label="Name" error={save.error ? messageOf(save.error) : undefined}>
        <Input
          value={name}
          maxLength={120}
          autoFocus
          placeholder="Slow failing calls"
          onChange={(e) => {
            save.reset();
            setName(e.target.value);
          }}
        />
      </Field>
      <Button
        variant="primary"
        size="sm"
        type="submit"
        className="self-end"
        disabled={name.trim() === "" || save.isPending}
      >
        Save
      </Button>
    </form>
  );
}
