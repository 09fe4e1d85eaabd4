import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { projectNamesQuery } from "@/api/queries/projects";
import { JsonEditor } from "@/components/json-editor/json-editor";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { Extras, Problems } from "../lib/request";
import type { Format, PlaygroundSearch } from "../lib/search";
import { NumberField } from "./number-field";

const FORMATS: readonly { value: Format | "text"; label: string }[] = [
  { value: "text", label: "Text" },
  { value: "json", label: "JSON" },
  { value: "schema", label: "JSON of a schema" },
];
const TOOLS = `[{
  "type": "function",
  "function": {
    "name": "get_weather",
    "parameters": {…}
  }
}]`;
const SCHEMA = `{
  "type": "object",
  "properties": {"answer": {"type": "string"}},
  "required": ["answer"],
  "additionalProperties": false
}`;

/** How the models are asked. What is left empty is not sent. */
export function Parameters({
  search,
  extras,
  problems,
  onSearch,
  onExtras,
}: {
  search: PlaygroundSearch;
  extras: Extras;
  problems: Problems;
  onSearch: (part: Partial<PlaygroundSearch>) => void;
  onExtras: (part: Partial<Extras>) => void;
}) {
  const { data: projects } = useQuery(projectNamesQuery());
  const names = useId();
  return (
    <section aria-label="Parameters" className="flex flex-col gap-3 p-3">
      <div className="grid grid-cols-2 gap-3">
        <NumberField
          label="Temperature"
          value={search.temperature}
          least={0}
          most={2}
          step={0.1}
          onChange={(temperature) => onSearch({ temperature })}
        />
        <NumberField
          label="Top P"
          value={search.top_p}
          least={0}
          most={1}
          step={0.05}
          onChange={(top_p) => onSearch({ top_p })}
        />
        <NumberField
          label="Max tokens"
          value={search.max_tokens}
          least={1}
          step={1}
          onChange={(max_tokens) => onSearch({ max_tokens })}
        />
        <NumberField
          label="Seed"
          value={search.seed}
          step={1}
          onChange={(seed) => onSearch({ seed })}
        />
      </div>
      <Row label="Stop at" help="Texts that end the answer, one a line.">
        {(id) => (
          <Textarea
            id={id}
            rows={1}
            value={search.stop ?? ""}
            className="field-sizing-content min-h-7 font-mono text-sm"
            onChange={(event) => onSearch({ stop: event.target.value || undefined })}
          />
        )}
      </Row>
      <Row label="Answer as">
        {(id) => (
          <Select
            id={id}
            label="Answer as"
            value={search.format ?? "text"}
            options={FORMATS}
            onChange={(format) => onSearch({ format: format === "text" ? undefined : format })}
            className="w-full"
          />
        )}
      </Row>
      {search.format === "schema" && (
        <Row label="Schema" error={problems.schema}>
          {(id) => (
            <JsonEditor
              id={id}
              label="Schema"
              text={extras.schema}
              placeholder={SCHEMA}
              aria-invalid={problems.schema ? true : undefined}
              onChange={(schema) => onExtras({ schema })}
            />
          )}
        </Row>
      )}
      <Row label="Tools" error={problems.tools}>
        {(id) => (
          <JsonEditor
            id={id}
            label="Tools"
            text={extras.tools}
            placeholder={TOOLS}
            aria-invalid={problems.tools ? true : undefined}
            onChange={(tools) => onExtras({ tools })}
          />
        )}
      </Row>
      <Row
        label="Project"
        help="Where its traces go. They are marked, and logs hide them at first."
      >
        {(id) => (
          <>
            <Input
              id={id}
              list={names}
              value={search.project ?? ""}
              placeholder="Default Project"
              onChange={(event) => onSearch({ project: event.target.value || undefined })}
            />
            <datalist id={names}>
              {projects?.content.map((project) => (
                <option key={project.id} value={project.name} />
              ))}
            </datalist>
          </>
        )}
      </Row>
    </section>
  );
}

function Row({
  label,
  help,
  error,
  children,
}: {
  label: string;
  help?: string;
  error?: string | undefined;
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-muted-foreground">
        {label}
      </label>
      {children(id)}
      {error ? (
        <p role="alert" className="text-sm break-words text-danger">
          {error}
        </p>
      ) : (
        help && <p className="text-sm text-muted-foreground">{help}</p>
      )}
    </div>
  );
}
