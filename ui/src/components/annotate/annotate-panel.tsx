import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useRef } from "react";
import type { Target } from "@/api/annotations";
import { feedbackDefinitionsQuery } from "@/api/queries/feedback-definitions";
import type { FeedbackScore } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import { Skeleton } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/states";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { FreeScore } from "./free-score";
import { ScoreRow } from "./score-row";
import { fieldsOf } from "./scores";
import { useAuthor } from "./use-author";

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;

/** The form to score a trace, span or thread: a line a definition, by mouse or digits. */
export function AnnotatePanel({
  target,
  scores,
  onClose,
}: {
  target: Target;
  scores: readonly FeedbackScore[];
  /** Absent where it stands under a head of its own. */
  onClose?: (() => void) | undefined;
}) {
  const { user, canWrite } = useAuthor();
  const definitions = useQuery(feedbackDefinitionsQuery());
  const root = useRef<HTMLDivElement>(null);
  const fields = fieldsOf(definitions.data?.content ?? [], scores, user);

  const focusRow = (index: number) => {
    const rows = root.current?.querySelectorAll("[data-score-row]") ?? [];
    const control = rows[index]?.querySelector<HTMLElement>("[data-score-control]");
    control?.focus();
    if (control instanceof HTMLInputElement) control.select();
  };
  useHotkeys(
    DIGITS.map((digit, i) => ({
      keys: digit,
      label: `Go to score ${digit}`,
      group: "Annotate",
      run: () => focusRow(i),
    })),
  );

  return (
    <section aria-label="Annotate" className="flex min-h-0 flex-col">
      {onClose ? (
        <header className="flex h-8 shrink-0 items-center gap-2 border-b border-border px-3">
          <h3 className="font-medium">Annotate</h3>
          <Kbd keys="a" />
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label="Close annotate"
            className="ml-auto"
            onClick={onClose}
          >
            <X />
          </Button>
        </header>
      ) : (
        <h3 className="sr-only">Annotate</h3>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only hears Escape out of its fields */}
      <div
        ref={root}
        className="min-h-0 flex-1 divide-y divide-border overflow-y-auto px-3"
        onKeyDown={(event) => {
          // Out of the form, so that digits lead to lines again.
          if (event.key !== "Escape" || !(document.activeElement instanceof HTMLElement)) return;
          event.stopPropagation();
          event.preventDefault();
          document.activeElement.blur();
        }}
      >
        {definitions.isPending && (
          <div className="flex flex-col gap-3 py-3">
            <Skeleton className="h-6 w-32" />
            <Skeleton className="h-6 w-48" />
          </div>
        )}
        {definitions.isError && (
          <ErrorState error={definitions.error} onRetry={definitions.refetch} className="p-3" />
        )}
        {fields.map((field, i) => (
          <ScoreRow
            key={`${target.kind} ${target.id} ${field.name}`}
            field={field}
            number={i < DIGITS.length ? i + 1 : undefined}
            target={target}
            score={scores.find((s) => s.name === field.name)}
            user={user}
            canWrite={canWrite}
            onNext={() => focusRow(i + 1)}
          />
        ))}
        {definitions.isSuccess && fields.length === 0 && (
          <p className="py-3 text-muted-foreground">
            No feedback definitions yet. Define which scores people give in{" "}
            <Link to="/settings/definitions" className="text-primary underline">
              Settings
            </Link>
            , or name one here.
          </p>
        )}
        {canWrite ? (
          <FreeScore key={`${target.kind} ${target.id}`} target={target} />
        ) : (
          <p className="py-3 text-muted-foreground">Your key may read only.</p>
        )}
      </div>
    </section>
  );
}
