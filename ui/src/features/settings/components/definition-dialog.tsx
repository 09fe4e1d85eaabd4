import { useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { messageOf } from "@/api/errors";
import type { FeedbackDefinition } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog, DialogButtons } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { definitionsQuery, saveDefinition } from "../api/definitions";
import { type DefinitionForm, draftOf, formOf } from "../lib/definition-draft";

/** Makes a feedback definition, or changes the one given. */
export function DefinitionDialog({
  definition,
  onClose,
}: {
  definition: FeedbackDefinition | undefined;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const [form, setForm] = useState<DefinitionForm>(() => formOf(definition));
  const [error, setError] = useState<string>();
  const set = (patch: Partial<DefinitionForm>) => setForm((now) => ({ ...now, ...patch }));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const draft = draftOf(form);
    if ("problem" in draft) return setError(draft.problem);
    try {
      await saveDefinition(definition?.id, draft);
      await client.invalidateQueries({ queryKey: definitionsQuery().queryKey });
      onClose();
    } catch (thrown) {
      setError(messageOf(thrown));
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={definition ? "Edit feedback definition" : "New feedback definition"}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Name">
          <Input value={form.name} onChange={(e) => set({ name: e.target.value })} autoFocus />
        </Field>
        <Field label="Description">
          <Textarea
            value={form.description}
            onChange={(e) => set({ description: e.target.value })}
          />
        </Field>
        <Segmented
          label="Kind"
          value={form.type}
          options={[
            { value: "numerical", label: "Number" },
            { value: "categorical", label: "Categories" },
            { value: "boolean", label: "Yes or no" },
          ]}
          onChange={(type) => set({ type })}
          className="self-start"
        />
        {form.type === "numerical" && (
          <div className="grid grid-cols-2 gap-3">
            <Field label="Smallest">
              <Input
                inputMode="decimal"
                value={form.min}
                onChange={(e) => set({ min: e.target.value })}
              />
            </Field>
            <Field label="Largest">
              <Input
                inputMode="decimal"
                value={form.max}
                onChange={(e) => set({ max: e.target.value })}
              />
            </Field>
          </div>
        )}
        {form.type === "boolean" && (
          <div className="grid grid-cols-2 gap-3">
            <Field label="Label of 1">
              <Input value={form.trueLabel} onChange={(e) => set({ trueLabel: e.target.value })} />
            </Field>
            <Field label="Label of 0">
              <Input
                value={form.falseLabel}
                onChange={(e) => set({ falseLabel: e.target.value })}
              />
            </Field>
          </div>
        )}
        {form.type === "categorical" && <Categories form={form} set={set} />}
        {error && (
          <p role="alert" className="text-danger">
            {error}
          </p>
        )}
        <DialogButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary">
            {definition ? "Save" : "Create"}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}

function Categories({
  form,
  set,
}: {
  form: DefinitionForm;
  set: (patch: Partial<DefinitionForm>) => void;
}) {
  const change = (id: number, patch: { name?: string; value?: string }) =>
    set({ categories: form.categories.map((c) => (c.id === id ? { ...c, ...patch } : c)) });
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">Categories and their numbers</legend>
      {form.categories.map((category, i) => (
        <div key={category.id} className="flex gap-2">
          <Input
            aria-label={`Category ${i + 1}`}
            value={category.name}
            onChange={(e) => change(category.id, { name: e.target.value })}
          />
          <Input
            aria-label={`Number of category ${i + 1}`}
            inputMode="decimal"
            className="w-24"
            value={category.value}
            onChange={(e) => change(category.id, { value: e.target.value })}
          />
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Remove category ${i + 1}`}
            onClick={() => set({ categories: form.categories.filter((c) => c.id !== category.id) })}
          >
            <X />
          </Button>
        </div>
      ))}
      <Button
        size="sm"
        className="self-start"
        onClick={() =>
          set({
            categories: [
              ...form.categories,
              { id: Math.max(-1, ...form.categories.map((c) => c.id)) + 1, name: "", value: "" },
            ],
          })
        }
      >
        <Plus /> Add
      </Button>
    </fieldset>
  );
}
