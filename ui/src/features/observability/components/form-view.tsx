import { useQueryClient } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { useRef, useState } from "react";
import { ApiError, messageOf } from "@/api/errors";
import { LeaveGuard } from "@/components/form/leave-guard";
import { Page } from "@/components/layout/page";
import { Button } from "@/components/ui/button";
import { Spinner } from "@/components/ui/states";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { toast } from "@/lib/toast";
import { createDestination, updateDestination } from "../api/destinations";
import { overviewQuery } from "../api/overview";
import { testConnection } from "../api/trials";
import type { Destination, DestinationType, FilterWords, Outcome } from "../api/types";
import { changesOf, configOf, configProblems, draftOf, fieldsOf, problemsOf } from "../lib/draft";
import { type FieldErrors, fieldErrors } from "../lib/field-errors";
import { freeName } from "../lib/free-name";
import { Crumbs } from "./crumbs";
import { DestinationForm } from "./destination-form";

const OWN_INPUTS = [
  "name",
  "sampling_rate",
  "api_key_hashes",
  "excluded_api_key_hashes",
  "filter_rules",
];

type Busy = "test" | "save" | undefined;

/** Adds a destination of a type, or edits one: what is typed is tried, and saved when it works. */
export function FormView({
  type,
  words,
  destination,
  others,
  onDone,
  onBack,
}: {
  type: DestinationType;
  words: FilterWords;
  destination: Destination | undefined;
  others: readonly Destination[];
  onDone: (id: string) => void;
  onBack: () => void;
}) {
  const client = useQueryClient();
  const isEdit = destination !== undefined;
  // The figures of the one that is edited go on changing; what it was when the form was opened does not.
  const [first] = useState(() => ({
    kept: destination,
    draft: draftOf(type, destination, freeName(type.title, others)),
  }));
  const before = fieldsOf(type, words, first.draft, isEdit);
  const [draft, setDraft] = useState(first.draft);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [general, setGeneral] = useState("");
  const [outcome, setOutcome] = useState<Outcome>();
  const [busy, setBusy] = useState<Busy>();
  const isSaved = useRef(false);
  const changes = changesOf(before, fieldsOf(type, words, draft, isEdit));
  const isDirty = Object.keys(changes).length > 0;

  const fail = (thrown: unknown) => {
    if (!(thrown instanceof ApiError)) return setGeneral(messageOf(thrown));
    const found = fieldErrors(thrown.fields);
    setErrors(found);
    const tried = thrown.body.outcome as Outcome | undefined;
    if (tried) setOutcome(tried);
    if (tried) setGeneral("Not saved: the connection test failed. Its answer is above.");
    else if (areShown(found, type)) setGeneral("See what is marked in red above.");
    else setGeneral(messageOf(thrown));
    showFirstError();
  };
  const run = async (what: Busy, problems: Record<string, string>, work: () => Promise<void>) => {
    if (busy) return;
    setErrors(problems);
    setGeneral("");
    setOutcome(undefined);
    if (Object.keys(problems).length > 0) return showFirstError();
    setBusy(what);
    try {
      await work();
    } catch (thrown) {
      fail(thrown);
    } finally {
      setBusy(undefined);
    }
  };
  const test = () =>
    run("test", configProblems(type, draft), async () => {
      setOutcome(await testConnection(type.type, configOf(type, draft, isEdit), destination?.id));
    });
  const save = () =>
    run("save", problemsOf(type, words, draft), async () => {
      const saved = destination
        ? await updateDestination(destination.id, changes)
        : await createDestination(type.type, fieldsOf(type, words, draft, isEdit));
      isSaved.current = true;
      await client.invalidateQueries({ queryKey: overviewQuery().queryKey });
      toast(`${saved.name} is saved.`);
      onDone(saved.id);
    });
  useHotkeys([
    {
      keys: "mod+enter",
      label: "Test and save",
      group: "Observability",
      run: () => void save(),
      whileTyping: true,
    },
  ]);
  const title = destination ? `Edit ${destination.name}` : `Add ${type.title}`;
  return (
    <Page
      title={title}
      crumbs={<Crumbs />}
      actions={
        type.docs_url && (
          <a
            href={type.docs_url}
            target="_blank"
            rel="noreferrer"
            className="flex items-center gap-1 text-muted-foreground hover:text-foreground"
          >
            <span className="max-sm:sr-only">{type.title} docs</span>
            <ExternalLink aria-hidden className="size-3.5" />
          </a>
        )
      }
    >
      <form
        aria-label={title}
        noValidate
        // Switches hold inputs that are placed absolutely: they are to scroll with the form.
        className="relative flex min-h-full flex-col"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <DestinationForm
          type={type}
          words={words}
          kept={first.kept}
          draft={draft}
          errors={errors}
          outcome={outcome}
          isTesting={busy === "test"}
          onTest={() => void test()}
          onChange={setDraft}
        />
        <div className="sticky bottom-0 z-10 mt-auto flex flex-wrap items-center gap-2 border-t border-border bg-background px-4 py-2.5">
          <Button
            type="submit"
            variant="primary"
            disabled={busy !== undefined || (isEdit && !isDirty)}
          >
            {busy === "save" && <Spinner label="Saving" className="[&_svg]:text-current" />}
            {isEdit && !changes.config ? "Save" : "Test and save"}
          </Button>
          <Button onClick={onBack}>Cancel</Button>
          {general ? (
            <p role="alert" className="min-w-0 text-danger">
              {general}
            </p>
          ) : (
            <p className="text-sm text-muted-foreground">
              {busy === "save"
                ? "Trying the connection…"
                : isEdit && isDirty
                  ? "Not saved yet"
                  : isEdit
                    ? ""
                    : "It is saved when its connection test passes."}
            </p>
          )}
        </div>
      </form>
      <LeaveGuard isDirty={() => isDirty && !isSaved.current} />
    </Page>
  );
}

/** Whether each of the errors has an input to stand under. */
function areShown(errors: FieldErrors, type: DestinationType): boolean {
  const paths = Object.keys(errors);
  const inputs = [...OWN_INPUTS, ...type.fields.map((field) => `config.${field.key}`)];
  return paths.length > 0 && paths.every((path) => inputs.some((input) => path.startsWith(input)));
}

/** After it is drawn: what is wrong may lie far up. */
function showFirstError(): void {
  setTimeout(() => {
    const first = document.querySelector("form [role=alert], form [aria-label=Outcome]");
    first?.scrollIntoView({ block: "center" });
    first?.parentElement?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  });
}
