import { useQuery } from "@tanstack/react-query";
import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { projectQuery } from "@/api/queries/projects";
import { sessionQuery } from "@/api/queries/session";
import { SnippetParts } from "@/components/snippets/snippet-parts";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { KEY_PLACEHOLDER, snippets } from "@/lib/snippets";
import { useWork } from "../hooks/use-work";

/** A project that has nothing yet: what to paste, and the wait for the first trace. */
export function EmptyProject({ projectId, isLive }: { projectId: string; isLive: boolean }) {
  const { data: session } = useQuery(sessionQuery());
  const { data: project } = useQuery(projectQuery(projectId));
  const [chosen, setChosen] = useState("opik");
  const { importFile } = useWork(projectId, "trace");
  const file = useRef<HTMLInputElement>(null);
  // A LiteLLM proxy logs to one project for all: what it needs stands on the get-started page.
  const all = snippets({
    origin: window.location.origin,
    key: session?.keys_required ? KEY_PLACEHOLDER : undefined,
    workspace: session?.workspace ?? "default",
    project: project?.name ?? "Default Project",
  }).filter((one) => one.id !== "litellm-proxy");
  const snippet = all.find((s) => s.id === chosen) ?? all[0];
  return (
    <div className="mx-auto flex max-w-3xl flex-col gap-4 p-6 max-sm:p-4">
      <div>
        <p className="text-lg font-medium">No traces yet</p>
        <p role="status" className="flex items-center gap-2 text-muted-foreground">
          <span className="relative flex size-2">
            {isLive && (
              <span className="absolute inline-flex size-full animate-ping rounded-full bg-primary opacity-60" />
            )}
            <span className="relative inline-flex size-2 rounded-full bg-primary" />
          </span>
          Waiting for the first trace. It shows here by itself.
        </p>
      </div>
      <div className="overflow-x-auto">
        <Segmented
          label="Client"
          value={snippet?.id ?? ""}
          options={all.map(({ id, label }) => ({ value: id, label }))}
          onChange={setChosen}
        />
      </div>
      {snippet && <SnippetParts label={snippet.label} parts={snippet.parts} />}
      <p className="flex flex-wrap items-center gap-2 text-muted-foreground">
        Or read what another project exported as JSONL:
        <Button size="sm" onClick={() => file.current?.click()}>
          <FileUp /> Import JSONL…
        </Button>
      </p>
      <input
        ref={file}
        type="file"
        accept=".jsonl,.ndjson,.json,application/x-ndjson"
        aria-label="File to import"
        className="hidden"
        onChange={(event) => {
          const picked = event.target.files?.[0];
          event.target.value = "";
          if (picked) void importFile(picked);
        }}
      />
    </div>
  );
}
