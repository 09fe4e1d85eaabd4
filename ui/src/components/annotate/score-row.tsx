import { useQueryClient } from "@tanstack/react-query";
import { MessageSquareText, Trash2, Undo2 } from "lucide-react";
import { useRef, useState } from "react";
import {
  deleteScore,
  putScore,
  refreshTarget,
  type ScoreWrite,
  type Target,
} from "@/api/annotations";
import type { FeedbackScore } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";
import { Kbd } from "@/components/ui/kbd";
import { formatScore } from "@/lib/format";
import { ChoiceControl } from "./choice-control";
import { NumberControl } from "./number-control";
import { SaveMark } from "./save-mark";
import { type Field, type Given, givenBy } from "./scores";
import { useAutosave } from "./use-autosave";

/** What this person gives: a score, or null for none. */
type Own = Pick<Given, "value" | "category" | "reason"> | null;

/** One score to give, with its reason; saves by itself. */
export function ScoreRow({
  field,
  number,
  target,
  score,
  user,
  canWrite,
  onNext,
}: {
  field: Field;
  /** The key that leads here, 1 to 9. */
  number: number | undefined;
  target: Target;
  score: FeedbackScore | undefined;
  user: string;
  canWrite: boolean;
  onNext: () => void;
}) {
  const client = useQueryClient();
  const { status, put, flush, retry } = useAutosave();
  const all = score ? givenBy(score) : [];
  const stored = all.find((one) => one.author === user) ?? null;
  const others = all.filter((one) => one.author !== user);
  // What is on its way to the server shows at once.
  const [draft, setDraft] = useState<Own | undefined>(undefined);
  const own = draft === undefined ? stored : draft;
  // What undo goes back to: what was stored when the last change began.
  const [before, setBefore] = useState<Own | undefined>(undefined);
  const [isReasonOpen, setReasonOpen] = useState(false);
  const latest = useRef(0);

  const give = (next: Own, when: "soon" | "now") => {
    if (draft === undefined) setBefore(stored);
    setDraft(next);
    latest.current += 1;
    const turn = latest.current;
    put(async () => {
      if (next) await putScore(target, written(field.name, next));
      else await deleteScore(target, field.name, user);
      await refreshTarget(client, target);
      // A later change is still on its way: it stays on screen.
      if (turn === latest.current) setDraft(undefined);
    }, when);
  };

  return (
    <section aria-label={field.name} data-score-row="" className="flex flex-col gap-1.5 py-2">
      <header className="flex min-h-5 items-center gap-1.5">
        <h4 className="min-w-0 truncate font-medium" title={field.description || field.name}>
          {field.name}
        </h4>
        {number !== undefined && <Kbd keys={String(number)} />}
        <span className="ml-auto inline-flex items-center">
          <SaveMark status={status} onRetry={retry} />
          {canWrite && own && (
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={`Reason for ${field.name}`}
              title="Reason"
              aria-expanded={isReasonOpen || own.reason !== ""}
              onClick={() => setReasonOpen(!isReasonOpen)}
            >
              <MessageSquareText />
            </Button>
          )}
          {canWrite && before !== undefined && !same(before, own) && (
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={`Undo the change of ${field.name}`}
              title="Undo"
              onClick={() => give(before, "now")}
            >
              <Undo2 />
            </Button>
          )}
          {canWrite && own && (
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={`Remove my score ${field.name}`}
              title="Remove my score"
              onClick={() => give(null, "now")}
            >
              <Trash2 />
            </Button>
          )}
        </span>
      </header>
      {field.kind === "number" ? (
        <NumberControl
          field={field}
          value={own?.value}
          disabled={!canWrite}
          onChange={(value) => give({ value, category: "", reason: own?.reason ?? "" }, "soon")}
          onFlush={() => void flush()}
          onNext={onNext}
        />
      ) : (
        <ChoiceControl
          label={field.name}
          choices={field.choices}
          value={own?.value}
          disabled={!canWrite}
          onChange={({ value, label }) =>
            give({ value, category: label, reason: own?.reason ?? "" }, "now")
          }
          onClear={() => own && give(null, "now")}
          onNext={onNext}
        />
      )}
      {own && (isReasonOpen || own.reason) && (
        <Textarea
          aria-label={`Reason for ${field.name}`}
          placeholder="Why?"
          rows={2}
          disabled={!canWrite}
          className="min-h-10"
          value={own.reason}
          onChange={(event) => give({ ...own, reason: event.target.value }, "soon")}
          onBlur={() => void flush()}
        />
      )}
      {others.length > 0 && <Others given={others} average={score?.value} />}
    </section>
  );
}

const written = (name: string, own: NonNullable<Own>): ScoreWrite => ({
  name,
  value: own.value,
  ...(own.category ? { category_name: own.category } : {}),
  ...(own.reason.trim() ? { reason: own.reason } : {}),
});

const same = (a: Own, b: Own): boolean => a?.value === b?.value && a?.reason === b?.reason;

/** What others gave, a line each. */
function Others({ given, average }: { given: readonly Given[]; average: number | undefined }) {
  return (
    <ul className="flex flex-col text-sm text-muted-foreground">
      {given.map((one) => (
        <li key={one.author} className="flex min-w-0 items-baseline gap-1.5" title={one.reason}>
          <span className="truncate">{one.author || "unknown"}</span>
          <span className="tabular text-foreground">{one.category || formatScore(one.value)}</span>
          {one.reason && <span className="min-w-0 flex-1 truncate italic">{one.reason}</span>}
        </li>
      ))}
      {given.length > 1 && average !== undefined && (
        <li className="tabular">average {formatScore(average)}</li>
      )}
    </ul>
  );
}
