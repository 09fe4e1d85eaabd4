import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { post } from "@/api/client";
import { messageOf } from "@/api/errors";
import { sessionQuery } from "@/api/queries/session";
import { Page } from "@/components/layout/page";
import { SnippetParts } from "@/components/snippets/snippet-parts";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { addProvider, GATEWAY, KEY_PLACEHOLDER, snippets } from "@/lib/snippets";
import { toast } from "@/lib/toast";
import { DemoButton } from "./components/demo-button";
import { useFirstTrace } from "./hooks/use-first-trace";

/** The code to paste, and a page that turns into the first trace when it arrives. */
export function GetStartedPage() {
  const navigate = useNavigate();
  const { data: session } = useQuery(sessionQuery());
  const first = useFirstTrace();
  const [made, setMade] = useState<string>();
  const [client, setClient] = useState("opik");
  const key = session?.keys_required ? (made ?? KEY_PLACEHOLDER) : undefined;
  const place = {
    origin: window.location.origin,
    key,
    workspace: session?.workspace ?? "default",
  };
  const all = snippets(place);
  const chosen = all.find((s) => s.id === client) ?? all[0];
  useEffect(() => {
    if (!first) return;
    void navigate({
      to: "/projects/$projectId/logs",
      params: { projectId: first.projectId },
      search: { trace: first.id },
    });
    toast(`The first trace is here: ${first.name || first.id}`);
  }, [first, navigate]);
  const toProjects = useCallback(() => void navigate({ to: "/projects" }), [navigate]);
  const makeKey = async () => {
    try {
      const answer = await post<{ key: string }>("console/keys", {
        name: session?.user ?? "getting started",
        role: "write",
      });
      setMade(answer.key);
    } catch (error) {
      toast(messageOf(error), { tone: "danger" });
    }
  };
  return (
    <Page title="Get started">
      <div className="mx-auto flex max-w-3xl flex-col gap-6 p-6 max-sm:p-4">
        <div className="flex flex-wrap items-start justify-between gap-4">
          <div>
            <h2 className="text-xl font-semibold">Send the first trace</h2>
            <p className="text-muted-foreground">
              Whatever logs to Opik or speaks OpenTelemetry logs here, and whatever calls OpenAI or
              OpenRouter can call through here. Pick what you use and paste.
            </p>
          </div>
          <p role="status" className="flex items-center gap-2 text-muted-foreground">
            <span className="relative flex size-2">
              <span className="absolute inline-flex size-full animate-ping rounded-full bg-primary opacity-60" />
              <span className="relative inline-flex size-2 rounded-full bg-primary" />
            </span>
            Waiting for a trace…
          </p>
        </div>
        <div className="flex flex-col gap-3">
          <div className="overflow-x-auto">
            <Segmented
              label="Client"
              value={chosen?.id ?? "opik"}
              options={all.map((s) => ({ value: s.id, label: s.label }))}
              onChange={setClient}
            />
          </div>
          {session?.keys_required && !made && (
            <p className="flex flex-wrap items-center gap-2 text-muted-foreground">
              <KeyRound className="size-4" />
              This server asks for an API key.
              {session.role === "admin" && (
                <Button size="sm" onClick={makeKey}>
                  Make one and fill it in
                </Button>
              )}
            </p>
          )}
          {made && (
            <p className="text-muted-foreground">The key is shown here only now: keep it safe.</p>
          )}
          {chosen && <SnippetParts label={chosen.label} parts={chosen.parts} />}
          {chosen?.id === GATEWAY && (
            <>
              <p className="mt-2 text-muted-foreground">
                Each call is a trace.{" "}
                <Link to="/playground" className="text-primary underline underline-offset-2">
                  Try it in the playground
                </Link>
                . For other models{" "}
                <Link
                  to="/gateway"
                  search={{ tab: "providers" }}
                  className="text-primary underline underline-offset-2"
                >
                  add a provider
                </Link>{" "}
                with its key, here or by a call:
              </p>
              <SnippetParts label={chosen.label} parts={[addProvider(place)]} />
            </>
          )}
        </div>
        <section className="flex flex-wrap items-center justify-between gap-4 border-t border-border pt-5">
          <div>
            <h2 className="font-semibold">No application at hand?</h2>
            <p className="text-muted-foreground">
              Two weeks of traffic from a RAG assistant, an agent and a batch job: traces, threads,
              scores, errors.
            </p>
          </div>
          <DemoButton onDone={toProjects} />
        </section>
      </div>
    </Page>
  );
}
