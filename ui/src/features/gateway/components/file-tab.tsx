import { useQuery } from "@tanstack/react-query";
import { FileCog, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { CodeBlock } from "@/components/ui/code-block";
import { EmptyState } from "@/components/ui/states";
import { formatNumber } from "@/lib/format";
import { statusQuery } from "../api/status";
import type { Status } from "../api/types";
import { Loaded } from "./list";

const FILE = `model_list:
  - model_name: gpt-4o-mini
    litellm_params:
      model: openai/gpt-4o-mini
      api_key: os.environ/OPENAI_API_KEY
  - model_name: anthropic/*
    litellm_params:
      model: anthropic/*
      api_key: os.environ/ANTHROPIC_API_KEY
router_settings:
  num_retries: 2`;
const START = "SIGHTLINE_GATEWAY__CONFIG=config.yaml sightline serve";

/** The operator's file, if there is one: what it brings, and what of it has no effect. */
export function FileTab() {
  const status = useQuery(statusQuery());
  return (
    <Loaded query={status}>
      {({ file }) =>
        file ? (
          <File file={file} />
        ) : (
          <EmptyState icon={<FileCog />} title="No configuration file">
            <p>
              Providers and models can also come from a file in the shape of LiteLLM's proxy. The
              file of a proxy that you have works as it is; what has no effect here is named.
            </p>
            <div className="mt-4 flex min-w-0 flex-col gap-2 text-left text-foreground">
              <CodeBlock code={FILE} label="config.yaml" />
              <CodeBlock code={START} label="Start with the file" />
            </div>
          </EmptyState>
        )
      }
    </Loaded>
  );
}

function File({ file }: { file: NonNullable<Status["file"]> }) {
  return (
    <div className="flex max-w-4xl flex-col gap-5 p-4">
      <dl className="m-0 grid grid-cols-[max-content_minmax(0,1fr)] gap-x-6 gap-y-1.5">
        <Fact name="File">
          <code className="font-mono text-sm break-all">{file.path}</code>
        </Fact>
        <Fact name="Models">{formatNumber(file.models)}</Fact>
        <Fact name="Any model of">
          {file.prefixes.length > 0 ? (
            <code className="font-mono text-sm">
              {file.prefixes.map((prefix) => `${prefix}*`).join(", ")}
            </code>
          ) : (
            "none"
          )}
        </Fact>
        <Fact name="Sends to">{file.destinations.join(", ") || "no destination"}</Fact>
        <Fact name="Master key">{file.has_master_key ? "yes" : "none"}</Fact>
      </dl>
      <section aria-label="Warnings">
        <h2 className="mb-1 font-semibold">
          {file.warnings.length === 0
            ? "All of it has effect"
            : `${file.warnings.length} ${file.warnings.length === 1 ? "line has" : "lines have"} no effect`}
        </h2>
        <ul className="m-0 list-none p-0">
          {file.warnings.map((warning) => (
            <li key={warning} className="flex items-start gap-2 border-b border-border py-1.5">
              <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
              <span className="min-w-0 break-words">
                <Code text={warning} />
              </span>
            </li>
          ))}
        </ul>
      </section>
      <p className="text-muted-foreground">
        It is read when the server starts. What the file brings is for all workspaces and cannot be
        changed here.
      </p>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="m-0 min-w-0">{children}</dd>
    </>
  );
}

/** A sentence of the server: names stand between grave accents. */
function Code({ text }: { text: string }) {
  return text.split("`").map((part, i) =>
    i % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text never move
      <code key={i} className="font-mono text-sm">
        {part}
      </code>
    ) : (
      part
    ),
  );
}
