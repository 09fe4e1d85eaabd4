import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { messageOf } from "@/api/errors";
import {
  configurationQuery,
  saveConfiguration,
  type WorkspaceConfiguration,
} from "@/api/queries/workspace-configuration";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import { toast } from "@/lib/toast";
import { Loaded } from "./components/loaded";
import { Section } from "./components/section";
import { isoMinutes, minutesOf } from "./lib/iso-duration";

const DEFAULT_MINUTES = 15;
const MOST_MINUTES = 7 * 24 * 60;

export function PreferencesPage() {
  const configuration = useQuery(configurationQuery());
  return (
    <Section title="Preferences" description="They hold for everybody in this workspace.">
      <Loaded query={configuration}>{(found) => <Preferences found={found} />}</Loaded>
    </Section>
  );
}

function Preferences({ found }: { found: WorkspaceConfiguration }) {
  const client = useQueryClient();
  const [minutes, setMinutes] = useState(
    String(minutesOf(found.timeout_to_mark_thread_as_inactive) ?? DEFAULT_MINUTES),
  );
  const [truncate, setTruncate] = useState(found.truncation_on_tables ?? true);
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const n = Number(minutes);
    if (!(n >= 1 && n <= MOST_MINUTES)) {
      return setError(`Between 1 minute and ${MOST_MINUTES} (seven days)`);
    }
    try {
      const saved = await saveConfiguration({
        ...found,
        timeout_to_mark_thread_as_inactive: isoMinutes(n),
        truncation_on_tables: truncate,
      });
      client.setQueryData(configurationQuery().queryKey, saved);
      await client.invalidateQueries({ queryKey: ["slice"] });
      setError(undefined);
      toast("Preferences are saved");
    } catch (thrown) {
      setError(messageOf(thrown));
    }
  };
  return (
    <form onSubmit={submit} className="flex max-w-md flex-col gap-5">
      <Field
        label="A thread ends after (minutes)"
        help="Without a new trace for so long a thread counts as inactive; a new trace opens it again."
        error={error}
      >
        <Input
          type="number"
          min={1}
          max={MOST_MINUTES}
          step={1}
          className="w-32"
          value={minutes}
          onChange={(event) => setMinutes(event.target.value)}
        />
      </Field>
      <label className="flex items-start gap-3" htmlFor="truncation">
        <Switch
          id="truncation"
          checked={truncate}
          onCheckedChange={setTruncate}
          className="mt-0.5"
        />
        <span>
          <span className="block font-medium">Short texts in tables</span>
          <span className="block text-sm text-muted-foreground">
            Inputs and outputs are cut in lists, which keeps them quick. A trace always shows all.
          </span>
        </span>
      </label>
      <Button type="submit" variant="primary" className="self-start">
        Save
      </Button>
    </form>
  );
}
