import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { errorAt } from "@/components/form/field-errors";
import { FormFrame } from "@/components/form/form-frame";
import { FormRow } from "@/components/form/form-row";
import { FormSection } from "@/components/form/form-section";
import { ToggleRow } from "@/components/form/toggle-row";
import { Button } from "@/components/ui/button";
import { Input, Textarea } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { EmptyState } from "@/components/ui/states";
import { toast } from "@/lib/toast";
import { createModel, updateModel } from "../api/models";
import type { Kind, ModelFields, Provider } from "../api/types";
import { changesOf } from "../lib/changes";
import {
  type EndpointDraft,
  endpointDraft,
  type ModelDraft,
  modelDraft,
  modelFields,
  modelProblems,
} from "../lib/model-draft";
import { CHOOSE } from "../lib/search";
import { EndpointEditor } from "./endpoint-editor";

const KINDS: readonly { value: Kind; label: string }[] = [
  { value: "chat", label: "Chat" },
  { value: "embeddings", label: "Embeddings" },
];

/** Adds a model under a name of one's own, or edits one: who serves it, and at what price. */
export function ModelForm({
  kept,
  providers,
  onDone,
  onBack,
}: {
  kept: (ModelFields & { id: string }) | undefined;
  providers: readonly Provider[];
  onDone: (slug: string) => void;
  onBack: () => void;
}) {
  const client = useQueryClient();
  const firstProvider = providers[0]?.id ?? "";
  const [first] = useState(() => modelDraft(firstProvider, kept));
  const [draft, setDraft] = useState<ModelDraft>(first);
  const set = (part: Partial<ModelDraft>) => setDraft((now) => ({ ...now, ...part }));
  const changes = changesOf(modelFields(first, kept), modelFields(draft, kept));
  const isDirty = Object.keys(changes).length > 0;
  if (providers.length === 0)
    return (
      <EmptyState title="A model needs a provider" className="h-full">
        <Link
          to="/gateway"
          search={{ tab: "providers", add: CHOOSE }}
          className="text-primary hover:underline"
        >
          Add a provider first
        </Link>
      </EmptyState>
    );
  const setEndpoint = (key: number, part: Partial<EndpointDraft>) =>
    set({
      endpoints: draft.endpoints.map((one) => (one.key === key ? { ...one, ...part } : one)),
    });
  const save = async () => {
    const saved = kept
      ? await updateModel(kept.id, changes)
      : await createModel(modelFields(draft, kept));
    await client.invalidateQueries({ queryKey: ["gateway"] });
    toast(`${saved.slug} is saved.`);
    return () => onDone(saved.slug);
  };
  return (
    <FormFrame
      label={kept ? `Edit ${kept.slug}` : "New model"}
      save="Save"
      group="Gateway"
      isDirty={isDirty}
      canSave={!kept || isDirty}
      problems={() => modelProblems(draft)}
      onSave={save}
      onCancel={onBack}
    >
      {(errors) => (
        <>
          <FormSection title="Model" description="As callers name it and see it in lists.">
            <FormRow label="Slug" error={errors.slug} help="What a call's model says.">
              {(props) => (
                <Input
                  {...props}
                  value={draft.slug}
                  autoFocus={!kept}
                  spellCheck={false}
                  placeholder="acme/fast"
                  className="font-mono"
                  onChange={(event) => set({ slug: event.target.value })}
                />
              )}
            </FormRow>
            <FormRow label="Name" optional error={errors.name}>
              {(props) => (
                <Input
                  {...props}
                  value={draft.name}
                  onChange={(event) => set({ name: event.target.value })}
                />
              )}
            </FormRow>
            <FormRow label="Description" optional error={errors.description}>
              {(props) => (
                <Textarea
                  {...props}
                  rows={2}
                  value={draft.description}
                  onChange={(event) => set({ description: event.target.value })}
                />
              )}
            </FormRow>
            <Segmented
              label="Kind"
              value={draft.kind}
              options={KINDS}
              onChange={(kind) => set({ kind })}
              className="self-start"
            />
            <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
              <FormRow label="Context" optional error={errors.context_length} help="Tokens.">
                {(props) => (
                  <Input
                    {...props}
                    inputMode="numeric"
                    value={draft.context}
                    placeholder="128000"
                    onChange={(event) => set({ context: event.target.value })}
                  />
                )}
              </FormRow>
              <FormRow
                label="Longest answer"
                optional
                error={errors.max_completion_tokens}
                help="Tokens."
              >
                {(props) => (
                  <Input
                    {...props}
                    inputMode="numeric"
                    value={draft.completion}
                    placeholder="16384"
                    onChange={(event) => set({ completion: event.target.value })}
                  />
                )}
              </FormRow>
            </div>
            <ToggleRow
              label="Takes images"
              help="Said in the list of models; nothing is refused for it."
              checked={draft.takesImages}
              onChange={(takesImages) => set({ takesImages })}
            />
            <ToggleRow
              label="On"
              help="While it is off nobody can call it."
              checked={draft.enabled}
              onChange={(enabled) => set({ enabled })}
            />
          </FormSection>
          <FormSection
            title="Endpoints"
            description="Who serves it. With several, calls go where routing says, and to the next when one fails. A provider that is named here serves only the models that name it."
          >
            {draft.endpoints.map((one, i) => (
              <EndpointEditor
                key={one.key}
                number={i + 1}
                draft={one}
                providers={providers}
                errorOf={(path) => errorAt(errors, `endpoints[${i}].${path}`)}
                onChange={(part) => setEndpoint(one.key, part)}
                onRemove={
                  draft.endpoints.length > 1
                    ? () =>
                        set({ endpoints: draft.endpoints.filter((other) => other.key !== one.key) })
                    : undefined
                }
              />
            ))}
            <div>
              <Button
                size="sm"
                onClick={() =>
                  set({ endpoints: [...draft.endpoints, endpointDraft(firstProvider)] })
                }
              >
                <Plus /> Add endpoint
              </Button>
            </div>
          </FormSection>
        </>
      )}
    </FormFrame>
  );
}
