import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { errorAt } from "@/components/form/field-errors";
import { FormFrame } from "@/components/form/form-frame";
import { FormRow } from "@/components/form/form-row";
import { FormSection } from "@/components/form/form-section";
import { JsonEditor } from "@/components/json-editor/json-editor";
import { Input, Textarea } from "@/components/ui/input";
import { readObject } from "@/lib/json-object";
import { toast } from "@/lib/toast";
import { createPreset, type PresetFields, updatePreset } from "../api/presets";
import type { Preset, PresetVersion } from "../api/types";
import { changesOf } from "../lib/changes";
import { VersionList } from "./version-list";

const EXAMPLE = { model: "sightline/echo", temperature: 0.2 };

type Draft = { slug: string; name: string; description: string; prompt: string; config: string };

const jsonOf = (value: unknown): string => JSON.stringify(value, null, 2);

const draftOf = (kept: Preset | undefined): Draft => ({
  slug: kept?.slug ?? "",
  name: kept?.name ?? "",
  description: kept?.description ?? "",
  prompt: kept?.designated_version?.system_prompt ?? "",
  config: jsonOf(kept ? (kept.designated_version?.config ?? {}) : EXAMPLE),
});

function fieldsOf(draft: Draft): PresetFields {
  const config = readObject(draft.config);
  return {
    name: draft.name.trim() || draft.slug.trim(),
    description: draft.description.trim() || null,
    system_prompt: draft.prompt || null,
    config: "value" in config ? config.value : {},
  };
}

function problemsOf(draft: Draft): Record<string, string> {
  const found: Record<string, string> = {};
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(draft.slug.trim()))
    found.slug = "Small letters, digits, - and _, such as support";
  const config = readObject(draft.config);
  if ("problem" in config) found.config = config.problem;
  return found;
}

/** Makes a preset, or edits one: another prompt or config is a new version. */
export function PresetForm({
  kept,
  onDone,
  onBack,
}: {
  kept: Preset | undefined;
  onDone: () => void;
  onBack: () => void;
}) {
  const client = useQueryClient();
  const [first] = useState(() => draftOf(kept));
  const [draft, setDraft] = useState<Draft>(first);
  const set = (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part }));
  const changes = changesOf(fieldsOf(first), fieldsOf(draft));
  const isDirty = Object.keys(changes).length > 0 || draft.config !== first.config;
  const makesVersion = kept && ("config" in changes || "system_prompt" in changes);
  const save = async () => {
    const saved = kept
      ? await updatePreset(kept.slug, changes)
      : await createPreset(draft.slug.trim(), fieldsOf(draft));
    const version = saved.designated_version?.version;
    toast(`${saved.name} is saved${makesVersion ? ` as version ${version}` : ""}.`);
    return () => {
      onDone();
      void client.invalidateQueries({ queryKey: ["gateway"] });
    };
  };
  const take = (version: PresetVersion) =>
    set({ prompt: version.system_prompt ?? "", config: jsonOf(version.config) });
  return (
    <FormFrame
      label={kept ? `Edit ${kept.name}` : "New preset"}
      save={makesVersion ? "Save as new version" : "Save"}
      group="Gateway"
      isDirty={isDirty}
      canSave={!kept || isDirty}
      problems={() => problemsOf(draft)}
      onSave={save}
      onCancel={onBack}
    >
      {(errors) => (
        <>
          <FormSection
            title="Preset"
            description={
              <>
                Calls name it as their model:{" "}
                <code className="block truncate font-mono">@preset/{draft.slug || "support"}</code>
              </>
            }
          >
            {!kept && (
              <FormRow label="Slug" error={errors.slug} help="It cannot be changed later.">
                {(props) => (
                  <Input
                    {...props}
                    value={draft.slug}
                    autoFocus
                    spellCheck={false}
                    placeholder="support"
                    className="font-mono"
                    onChange={(event) => set({ slug: event.target.value.toLowerCase() })}
                  />
                )}
              </FormRow>
            )}
            <FormRow label="Name" optional error={errors.name}>
              {(props) => (
                <Input
                  {...props}
                  value={draft.name}
                  placeholder={draft.slug}
                  onChange={(event) => set({ name: event.target.value })}
                />
              )}
            </FormRow>
            <FormRow label="Description" optional error={errors.description}>
              {(props) => (
                <Input
                  {...props}
                  value={draft.description}
                  onChange={(event) => set({ description: event.target.value })}
                />
              )}
            </FormRow>
          </FormSection>
          <FormSection
            title="What it says"
            description="Set below what a call says by itself: a call's own fields win."
          >
            <FormRow label="System prompt" optional error={errors.system_prompt}>
              {(props) => (
                <Textarea
                  {...props}
                  rows={6}
                  value={draft.prompt}
                  className="font-mono text-sm"
                  onChange={(event) => set({ prompt: event.target.value })}
                />
              )}
            </FormRow>
            <FormRow
              label="Config"
              error={errorAt(errors, "config")}
              help="Fields of a request as JSON: model, models, provider, temperature, max_tokens, tools, …"
            >
              {(props) => (
                <JsonEditor
                  {...props}
                  label="Config"
                  text={draft.config}
                  onChange={(config) => set({ config })}
                />
              )}
            </FormRow>
          </FormSection>
          {kept && (
            <FormSection
              title="Versions"
              description="Each change of prompt or config is one. Calls use the one that is marked."
            >
              <VersionList preset={kept} onTake={take} />
            </FormSection>
          )}
        </>
      )}
    </FormFrame>
  );
}
