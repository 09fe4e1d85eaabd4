import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { errorAt } from "@/components/form/field-errors";
import { FormFrame } from "@/components/form/form-frame";
import { FormRow } from "@/components/form/form-row";
import { FormSection } from "@/components/form/form-section";
import { PairsEditor } from "@/components/form/pairs-editor";
import { SecretInput } from "@/components/form/secret-input";
import { ToggleRow } from "@/components/form/toggle-row";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { toast } from "@/lib/toast";
import { createProvider, updateProvider } from "../api/providers";
import type { KnownProvider, Provider } from "../api/types";
import { changesOf } from "../lib/changes";
import {
  type Policy,
  type ProviderDraft,
  providerDraft,
  providerFields,
  providerProblems,
} from "../lib/provider-draft";

const POLICIES: readonly { value: Policy; label: string }[] = [
  { value: "none", label: "Does not train on prompts" },
  { value: "zdr", label: "Keeps nothing (zero data retention)" },
  { value: "keeps", label: "May keep prompts or train on them" },
];
const DIALECTS: Record<string, string> = {
  openai: "OpenAI's API",
  anthropic: "Anthropic's API",
  google: "Google's Gemini API",
  azure: "Azure OpenAI",
  bedrock: "Amazon Bedrock",
  vertex: "Google Vertex",
};

/** Adds a provider, or edits one. */
export function ProviderForm({
  known,
  dialects,
  kept,
  onDone,
  onBack,
}: {
  known: KnownProvider | undefined;
  dialects: readonly string[];
  kept: Provider | undefined;
  onDone: (id: string) => void;
  onBack: () => void;
}) {
  const client = useQueryClient();
  const [first] = useState(() => providerDraft(known, kept));
  const [draft, setDraft] = useState<ProviderDraft>(first);
  const set = (part: Partial<ProviderDraft>) => setDraft((now) => ({ ...now, ...part }));
  const changes = changesOf(providerFields(first), providerFields(draft));
  const isDirty = Object.keys(changes).length > 0;
  const save = async () => {
    const { slug: _, ...rest } = changes;
    const saved = kept
      ? await updateProvider(kept.id, rest)
      : await createProvider(providerFields(draft));
    await client.invalidateQueries({ queryKey: ["gateway"] });
    toast(`${saved.name} is saved.`);
    return () => onDone(saved.id);
  };
  return (
    <FormFrame
      label={kept ? `Edit ${kept.name}` : "Add a provider"}
      save="Save and test"
      group="Gateway"
      isDirty={isDirty}
      canSave={!kept || isDirty}
      problems={() => providerProblems(draft, kept ? undefined : known)}
      onSave={save}
      onCancel={onBack}
    >
      {(errors) => (
        <>
          <FormSection
            title="Provider"
            description="Its models are called by the prefix, such as openai/gpt-4o."
          >
            <FormRow label="Name" error={errors.name}>
              {(props) => (
                <Input
                  {...props}
                  value={draft.name}
                  autoFocus={!known && !kept}
                  onChange={(event) => set({ name: event.target.value })}
                />
              )}
            </FormRow>
            {!known && !kept && (
              <FormRow
                label="Prefix"
                error={errors.slug}
                help="What stands before the slash of its models. It cannot be changed later."
              >
                {(props) => (
                  <Input
                    {...props}
                    value={draft.slug}
                    spellCheck={false}
                    placeholder="acme"
                    className="font-mono"
                    onChange={(event) => set({ slug: event.target.value.toLowerCase() })}
                  />
                )}
              </FormRow>
            )}
            <FormRow
              label="Base URL"
              optional={["bedrock", "vertex"].includes(draft.dialect)}
              error={errors.base_url}
              help={
                kept
                  ? "Another address needs the credentials below again."
                  : known?.base_url
                    ? "As it is known; change it for a region or a proxy of yours."
                    : undefined
              }
            >
              {(props) => (
                <Input
                  {...props}
                  type="url"
                  value={draft.baseUrl}
                  spellCheck={false}
                  placeholder={
                    draft.dialect === "azure" ? "https://NAME.openai.azure.com" : "https://"
                  }
                  className="font-mono"
                  onChange={(event) => set({ baseUrl: event.target.value })}
                />
              )}
            </FormRow>
            {!known && (
              <FormRow label="Speaks" error={errors.dialect}>
                {({ id }) => (
                  <Select
                    id={id}
                    label="Speaks"
                    value={draft.dialect}
                    options={dialects.map((value) => ({
                      value,
                      label: DIALECTS[value] ?? value,
                    }))}
                    onChange={(dialect) => set({ dialect })}
                    className="self-start"
                  />
                )}
              </FormRow>
            )}
          </FormSection>
          <FormSection
            title="Credentials"
            description={
              kept
                ? "Sealed, and never shown again. Another address, dialect, region or endpoint needs all of them again."
                : "Sealed before they are stored, and never shown again."
            }
          >
            <FormRow
              label="API key"
              optional={!known?.needs_key}
              error={errors.api_key}
              help={kept?.api_key ? undefined : "As the provider gave it to you."}
            >
              {(props) => (
                <SecretInput
                  {...props}
                  label="API key"
                  value={draft.apiKey}
                  kept={kept?.api_key ?? undefined}
                  canUnset
                  placeholder={draft.slug === "openai" ? "sk-…" : ""}
                  onChange={(apiKey) => set({ apiKey })}
                />
              )}
            </FormRow>
            <PairsEditor
              label="Headers"
              noun="header"
              help="Sent with each call to the provider."
              error={errorAt(errors, "headers")}
              pairs={draft.headers}
              onChange={(headers) => set({ headers })}
            />
            <PairsEditor
              label="Options"
              noun="option"
              help="What its dialect needs beside: api_version, aws_region_name, vertex_project, organization."
              error={errorAt(errors, "options")}
              pairs={draft.options}
              onChange={(options) => set({ options })}
            />
          </FormSection>
          <FormSection
            title="Data"
            description="Calls that ask for data_collection: deny or zdr avoid who does not fit."
          >
            <FormRow label="What it does with prompts">
              {({ id }) => (
                <Select
                  id={id}
                  label="What it does with prompts"
                  value={draft.policy}
                  options={POLICIES}
                  onChange={(policy) => set({ policy })}
                  className="self-start"
                />
              )}
            </FormRow>
            <ToggleRow
              label="Count its cost apart"
              help="As a key that was brought along (BYOK): keys' limits leave it out unless they say otherwise."
              checked={draft.isByok}
              onChange={(isByok) => set({ isByok })}
            />
            <ToggleRow
              label="On"
              help="While it is off no call goes to it."
              checked={draft.enabled}
              onChange={(enabled) => set({ enabled })}
            />
          </FormSection>
        </>
      )}
    </FormFrame>
  );
}
