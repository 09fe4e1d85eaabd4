import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { messageOf } from "@/api/errors";
import type { Project } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog, DialogButtons } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/input";
import { createProject, updateProject } from "../api/save-project";

/** Makes a project, or changes the one given. */
export function ProjectDialog({
  project,
  onClose,
}: {
  project: Pick<Project, "id" | "name" | "description"> | undefined;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const [name, setName] = useState(project?.name ?? "");
  const [description, setDescription] = useState(project?.description ?? "");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const draft = { name: name.trim(), description: description.trim() };
      await (project ? updateProject(project.id, draft) : createProject(draft));
      await Promise.all([
        client.invalidateQueries({ queryKey: ["projects"] }),
        client.invalidateQueries({ queryKey: ["project-names"] }),
        client.invalidateQueries({ queryKey: ["project", project?.id] }),
      ]);
      onClose();
    } catch (thrown) {
      setError(messageOf(thrown));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={project ? "Edit project" : "New project"}
      {...(project
        ? {}
        : { description: "A project also comes into being by the first trace that names it." })}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Name" error={error}>
          <Input
            value={name}
            onChange={(event) => setName(event.target.value)}
            required
            maxLength={150}
            autoFocus
          />
        </Field>
        <Field label="Description">
          <Textarea
            value={description}
            onChange={(event) => setDescription(event.target.value)}
            maxLength={500}
          />
        </Field>
        <DialogButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={busy || !name.trim()}>
            {project ? "Save" : "Create"}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}
