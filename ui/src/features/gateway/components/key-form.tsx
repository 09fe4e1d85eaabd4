import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { projectNamesQuery } from "@/api/queries/projects";
import { errorAt } from "@/components/form/field-errors";
import { FormFrame } from "@/components/form/form-frame";
import { FormRow } from "@/components/form/form-row";
import { FormSection } from "@/components/form/form-section";
import { ToggleRow } from "@/components/form/toggle-row";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { toast } from "@/lib/toast";
import { createKey, updateKey } from "../api/keys";
import type { GatewayKey } from "../api/types";
import { changesOf } from "../lib/changes";
import { type KeyDraft, keyDraft, keyFields, keyProblems } from "../lib/key-draft";
import { NewKey } from "./new-key";

const RESETS: readonly { value: KeyDraft["reset"]; label: string }[] = [
  { value: "daily", label: "A day" },
  { value: "weekly", label: "A week" },
  { value: "monthly", label: "A month" },
  { value: "never", label: "In all" },
];

/** Makes a key and shows it once, or edits one. */
export function KeyForm({
  kept,
  onDone,
  onBack,
}: {
  kept: GatewayKey | undefined;
  onDone: () => void;
  onBack: () => void;
}) {
  const client = useQueryClient();
  const { data: projects } = useQuery(projectNamesQuery());
  const [first] = useState(() => keyDraft(kept));
  const [draft, setDraft] = useState<KeyDraft>(first);
  const [made, setMade] = useState<{ key: string; models: string[] | null }>();
  const set = (part: Partial<KeyDraft>) => setDraft((now) => ({ ...now, ...part }));
  const changes = changesOf(keyFields(first, kept), keyFields(draft, kept));
  const isDirty = Object.keys(changes).length > 0;
  const save = async () => {
    if (kept) {
      await updateKey(kept.hash, changes);
      toast(`${draft.name.trim()} is saved.`);
    } else {
      const fields = keyFields(draft);
      const { key } = await createKey({ ...fields, is_management: draft.isManagement });
      setMade({ key, models: fields.allowed_models });
    }
    await client.invalidateQueries({ queryKey: ["gateway", "keys"] });
    await client.invalidateQueries({ queryKey: ["broadcast", "gateway-keys"] });
    return () => kept && onDone();
  };
  return (
    <>
      <FormFrame
        label={kept ? `Edit ${kept.name}` : "New API key"}
        save={kept ? "Save" : "Create key"}
        group="Gateway"
        isDirty={isDirty}
        canSave={!made && (!kept || isDirty)}
        problems={() => keyProblems(draft)}
        onSave={save}
        onCancel={onBack}
      >
        {(errors) => (
          <>
            <FormSection title="Key" description="Whose calls these are, and how long it lasts.">
              <FormRow label="Name" error={errors.name}>
                {(props) => (
                  <Input
                    {...props}
                    value={draft.name}
                    autoFocus={!kept}
                    maxLength={255}
                    placeholder="support-bot"
                    onChange={(event) => set({ name: event.target.value })}
                  />
                )}
              </FormRow>
              <FormRow
                label="Last day"
                optional
                error={errors.expires_at}
                help="It is refused from the next day on."
              >
                {(props) => (
                  <Input
                    {...props}
                    type="date"
                    value={draft.expires}
                    className="w-44"
                    onChange={(event) => set({ expires: event.target.value })}
                  />
                )}
              </FormRow>
              {!kept && (
                <ToggleRow
                  label="Management key"
                  help="May also make, change and delete keys, presets and destinations through the API."
                  checked={draft.isManagement}
                  onChange={(isManagement) => set({ isManagement })}
                />
              )}
            </FormSection>
            <FormSection
              title="Limits"
              description="A call over the limit is refused with 402, one over the rate with 429."
            >
              <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
                <FormRow label="Spending limit" optional error={errors.limit} help="USD.">
                  {(props) => (
                    <Input
                      {...props}
                      inputMode="decimal"
                      value={draft.limit}
                      placeholder="no limit"
                      className="tabular"
                      onChange={(event) => set({ limit: event.target.value })}
                    />
                  )}
                </FormRow>
                <FormRow label="Counts" error={errors.limit_reset}>
                  {({ id }) => (
                    <Select
                      id={id}
                      label="Period of the limit"
                      value={draft.reset}
                      options={RESETS}
                      disabled={!draft.limit.trim()}
                      onChange={(reset) => set({ reset })}
                      className="w-full"
                    />
                  )}
                </FormRow>
                <FormRow label="Requests a minute" optional error={errors.rpm}>
                  {(props) => (
                    <Input
                      {...props}
                      inputMode="numeric"
                      value={draft.rpm}
                      placeholder="no limit"
                      className="tabular"
                      onChange={(event) => set({ rpm: event.target.value })}
                    />
                  )}
                </FormRow>
                <FormRow label="Tokens a minute" optional error={errors.tpm}>
                  {(props) => (
                    <Input
                      {...props}
                      inputMode="numeric"
                      value={draft.tpm}
                      placeholder="no limit"
                      className="tabular"
                      onChange={(event) => set({ tpm: event.target.value })}
                    />
                  )}
                </FormRow>
              </div>
              <ToggleRow
                label="Count BYOK in the limit"
                help="Also what goes through providers whose cost is counted apart."
                checked={draft.includeByok}
                onChange={(includeByok) => set({ includeByok })}
              />
              <FormRow
                label="Models"
                optional
                error={errorAt(errors, "allowed_models")}
                help="One a line; openai/* is all of them. Empty: every model."
              >
                {(props) => (
                  <Textarea
                    {...props}
                    rows={3}
                    value={draft.models}
                    spellCheck={false}
                    placeholder={"openai/gpt-4o-mini\nanthropic/*"}
                    className="font-mono text-sm"
                    onChange={(event) => set({ models: event.target.value })}
                  />
                )}
              </FormRow>
            </FormSection>
            <FormSection
              title="Traces"
              description="What each call's trace gets, unless the call says otherwise."
            >
              <FormRow label="Project" optional help="It is made when the first call comes.">
                {(props) => (
                  <>
                    <Input
                      {...props}
                      value={draft.project}
                      list={`${props.id}-names`}
                      placeholder="Default Project"
                      onChange={(event) => set({ project: event.target.value })}
                    />
                    <datalist id={`${props.id}-names`}>
                      {projects?.content.map((project) => (
                        <option key={project.id} value={project.name} />
                      ))}
                    </datalist>
                  </>
                )}
              </FormRow>
              <FormRow label="Tags" optional help="With commas between them.">
                {(props) => (
                  <Input
                    {...props}
                    value={draft.tags}
                    placeholder="production, support"
                    onChange={(event) => set({ tags: event.target.value })}
                  />
                )}
              </FormRow>
              <FormRow label="Thread" optional help="All of its calls are one thread.">
                {(props) => (
                  <Input
                    {...props}
                    value={draft.thread}
                    onChange={(event) => set({ thread: event.target.value })}
                  />
                )}
              </FormRow>
            </FormSection>
          </>
        )}
      </FormFrame>
      {made && <NewKey apiKey={made.key} models={made.models} onClose={onDone} />}
    </>
  );
}
