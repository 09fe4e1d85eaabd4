import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { errorAt, type FieldErrors } from "@/components/form/field-errors";
import { FormFrame } from "@/components/form/form-frame";
import { FormRow } from "@/components/form/form-row";
import { FormSection } from "@/components/form/form-section";
import { JsonEditor } from "@/components/json-editor/json-editor";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { toast } from "@/lib/toast";
import { routingQuery, setRouting } from "../api/routing";
import type { RoutingAnswer } from "../api/types";
import {
  type RoutingDraft,
  routingDraft,
  routingFields,
  routingProblems,
  STRATEGIES,
  USUAL,
} from "../lib/routing-draft";

const EXAMPLE = `{
  "fallbacks": {"openai/gpt-4o": ["anthropic/claude-sonnet-4"]},
  "aliases": {"fast": "openai/gpt-4o-mini"}
}`;
const TRIES = [
  ["num_retries", "Retries", "Of one endpoint, before the next is asked."],
  ["retry_after_s", "Wait before a retry", "Seconds, at least."],
  ["allowed_fails", "Failures allowed", "Within a minute; then the endpoint rests."],
  ["cooldown_s", "Rest", "Seconds for which an endpoint that failed is passed over."],
] as const;

export function RoutingForm({ answer, canEdit }: { answer: RoutingAnswer; canEdit: boolean }) {
  const client = useQueryClient();
  const [first] = useState(() => routingDraft(answer));
  const [draft, setDraft] = useState<RoutingDraft>(first);
  const set = (part: Partial<RoutingDraft>) => setDraft((now) => ({ ...now, ...part }));
  const { effective } = answer;
  const isDirty = JSON.stringify(draft) !== JSON.stringify(first);
  const usual = (words: string) => ({ value: USUAL, label: `As usual: ${words}` });
  const strategy = STRATEGIES.find((one) => one.value === effective.strategy);
  const chainsError = (errors: FieldErrors) =>
    errors.chains ??
    errorAt(errors, "fallbacks") ??
    errorAt(errors, "default_fallbacks") ??
    errorAt(errors, "aliases");
  return (
    <FormFrame
      label="Routing"
      save="Save"
      group="Gateway"
      isDirty={isDirty}
      canSave={canEdit && isDirty}
      problems={() => routingProblems(draft)}
      onSave={async () => {
        const saved = await setRouting(routingFields(draft));
        return () => {
          client.setQueryData(routingQuery().queryKey, saved);
          toast("Routing is saved.");
        };
      }}
      onCancel={() => setDraft(first)}
    >
      {(errors) => (
        <>
          <FormSection
            title="Choice"
            description="Which endpoint of a model a call goes to first. A call's own provider field goes before."
          >
            <FormRow label="Endpoints" error={errors.strategy}>
              {({ id }) => (
                <Select
                  id={id}
                  label="Endpoints"
                  value={draft.strategy}
                  options={[
                    usual(strategy?.label.toLowerCase() ?? effective.strategy),
                    ...STRATEGIES,
                  ]}
                  onChange={(value) => set({ strategy: value })}
                  className="self-start"
                />
              )}
            </FormRow>
            <FormRow
              label="Default model"
              optional
              error={errors.default_model}
              help="For calls that name none."
            >
              {(props) => (
                <Input
                  {...props}
                  value={draft.default_model}
                  spellCheck={false}
                  placeholder={effective.default_model ?? "none"}
                  className="font-mono"
                  onChange={(event) => set({ default_model: event.target.value })}
                />
              )}
            </FormRow>
            <FormRow label="Parameters that an endpoint does not know" error={errors.drops_params}>
              {({ id }) => (
                <Select
                  id={id}
                  label="Parameters that an endpoint does not know"
                  value={draft.drops_params}
                  options={[
                    usual(effective.drops_params ? "left out" : "sent on"),
                    { value: "true", label: "Are left out" },
                    { value: "false", label: "Are sent on" },
                  ]}
                  onChange={(value) => set({ drops_params: value })}
                  className="self-start"
                />
              )}
            </FormRow>
          </FormSection>
          <FormSection
            title="Failures"
            description="Empty is as the operator's file says, or as usual."
          >
            <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
              {TRIES.map(([name, label, help]) => (
                <FormRow key={name} label={label} help={help} error={errors[name]}>
                  {(props) => (
                    <Input
                      {...props}
                      inputMode="decimal"
                      value={draft[name]}
                      placeholder={`as usual: ${effective[name]}`}
                      className="tabular"
                      onChange={(event) => set({ [name]: event.target.value })}
                    />
                  )}
                </FormRow>
              ))}
            </div>
          </FormSection>
          <FormSection
            title="Other models"
            description="What is asked when a model fails, and names that stand for others."
          >
            <FormRow
              label="Fallbacks and aliases"
              optional
              error={chainsError(errors)}
              help="JSON with fallbacks, context_window_fallbacks, content_policy_fallbacks, default_fallbacks, aliases."
            >
              {(props) => (
                <JsonEditor
                  {...props}
                  label="Fallbacks and aliases"
                  text={draft.chains}
                  placeholder={EXAMPLE}
                  onChange={(chains) => set({ chains })}
                />
              )}
            </FormRow>
          </FormSection>
        </>
      )}
    </FormFrame>
  );
}
