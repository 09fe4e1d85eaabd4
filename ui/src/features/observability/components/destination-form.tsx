import { PlugZap } from "lucide-react";
import { FormRow } from "@/components/form/form-row";
import { FormSection } from "@/components/form/form-section";
import { isMasked } from "@/components/form/pairs";
import { ToggleRow } from "@/components/form/toggle-row";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Segmented } from "@/components/ui/segmented";
import { Spinner } from "@/components/ui/states";
import type { Destination, DestinationType, FilterWords, Outcome } from "../api/types";
import { type Draft, LEAST_PERCENT } from "../lib/draft";
import { errorAt, type FieldErrors } from "../lib/field-errors";
import { ConfigField } from "./config-field";
import { FilterEditor } from "./filter-editor";
import { KeyPicker } from "./key-picker";
import { OutcomeView } from "./outcome-view";

const EXTRAS = [
  {
    name: "cost",
    label: "Cost",
    help: "Cost in total and of the provider, whether your own key was used, tokens as counted.",
  },
  {
    name: "identity",
    label: "Identity",
    help: "The call's id here and at the provider, the API key's name and hash, the app.",
  },
  {
    name: "context",
    label: "Request context",
    help: "The model asked for, the API used, streamed or cancelled, routing, preset, user agent.",
  },
] as const;
const WHOSE = [
  { value: "all", label: "Every key" },
  { value: "some", label: "Only some" },
] as const;

/** All inputs of a destination; the draft is the caller's. */
export function DestinationForm({
  type,
  words,
  kept,
  draft,
  errors,
  outcome,
  isTesting,
  onTest,
  onChange,
}: {
  type: DestinationType;
  words: FilterWords;
  kept: Destination | undefined;
  draft: Draft;
  errors: FieldErrors;
  outcome: Outcome | undefined;
  isTesting: boolean;
  onTest: () => void;
  onChange: (draft: Draft) => void;
}) {
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  const keptSecret = (key: string) => {
    const value = kept?.config[key];
    return typeof value === "string" && isMasked(value) ? value : undefined;
  };
  return (
    <>
      <FormSection
        title="Connection"
        description="Where calls are sent. Secrets are sealed when they are saved, and not shown again."
      >
        <FormRow label="Name" help="How it is called here." error={errors.name}>
          {(props) => (
            <Input
              {...props}
              value={draft.name}
              maxLength={200}
              onChange={(event) => set({ name: event.target.value })}
            />
          )}
        </FormRow>
        {type.fields.map((field) => (
          <ConfigField
            key={field.key}
            field={field}
            value={draft.values[field.key] ?? ""}
            kept={keptSecret(field.key)}
            headers={draft.headers[field.key] ?? []}
            error={errorAt(errors, `config.${field.key}`)}
            onValue={(value) => set({ values: { ...draft.values, [field.key]: value } })}
            onHeaders={(headers) => set({ headers: { ...draft.headers, [field.key]: headers } })}
          />
        ))}
        {errors.config && (
          <p role="alert" className="text-sm text-danger">
            {errors.config}
          </p>
        )}
        <div className="flex items-center gap-3">
          <Button disabled={isTesting} onClick={onTest}>
            {isTesting ? <Spinner label="Testing" /> : <PlugZap />} Test connection
          </Button>
          {isTesting && <span className="text-muted-foreground">It has up to 30 seconds.</span>}
        </div>
        {outcome && <OutcomeView outcome={outcome} passed="The connection works" />}
      </FormSection>
      <FormSection title="What is sent" description="How much, and how much of it.">
        <ToggleRow
          label="Enabled"
          help="Off, it gets nothing: calls that end meanwhile are not sent later."
          checked={draft.enabled}
          onChange={(enabled) => set({ enabled })}
        />
        <FormRow
          label="Sampling rate"
          help="Whole sessions are in or out, always the same ones; a call without a session counts alone."
          error={errors.sampling_rate}
        >
          {(props) => (
            <span className="flex items-center gap-1.5">
              <Input
                {...props}
                inputMode="decimal"
                value={draft.rate}
                className="w-24 text-right tabular"
                onChange={(event) => set({ rate: event.target.value.replace(",", ".") })}
              />
              % of sessions
              <span className="sr-only">, at least {LEAST_PERCENT}</span>
            </span>
          )}
        </FormRow>
        <ToggleRow
          label="Privacy mode"
          help="Leaves out all text of prompts and answers, tool calls, reasoning and error messages. Tokens, cost, timing, model, names and your own metadata are sent."
          checked={draft.privacy}
          onChange={(privacy) => set({ privacy })}
        />
        <fieldset className="m-0 flex flex-col gap-2.5 border-0 p-0">
          <legend className="mb-1.5 p-0 font-medium">Extra metadata</legend>
          {EXTRAS.map(({ name, label, help }) => (
            <ToggleRow
              key={name}
              label={label}
              help={help}
              checked={draft.extras[name]}
              onChange={(checked) => set({ extras: { ...draft.extras, [name]: checked } })}
            />
          ))}
        </fieldset>
      </FormSection>
      <FormSection
        title="Which calls"
        description="Calls of some API keys, or with some properties. All that is set here must hold."
      >
        <FormRow
          label="Calls of"
          help={draft.keys ? "" : "Calls of every key, and those made without one."}
          error={errorAt(errors, "api_key_hashes")}
        >
          {(props) => (
            <>
              <span>
                <Segmented
                  label="Whose calls"
                  value={draft.keys ? "some" : "all"}
                  options={WHOSE}
                  onChange={(whose) => set({ keys: whose === "all" ? null : (draft.keys ?? []) })}
                />
              </span>
              {draft.keys ? (
                <KeyPicker
                  {...props}
                  label="Keys whose calls are sent"
                  hashes={draft.keys}
                  onChange={(keys) => set({ keys })}
                />
              ) : (
                <input type="hidden" id={props.id} />
              )}
            </>
          )}
        </FormRow>
        <FormRow
          label="Never calls of"
          help="Wins over the keys above."
          error={errorAt(errors, "excluded_api_key_hashes")}
          optional
        >
          {(props) => (
            <KeyPicker
              {...props}
              label="Keys whose calls are never sent"
              hashes={draft.excluded}
              onChange={(excluded) => set({ excluded })}
            />
          )}
        </FormRow>
        <FilterEditor
          words={words}
          draft={draft.filter}
          errors={errors}
          onChange={(filter) => set({ filter })}
        />
      </FormSection>
    </>
  );
}
