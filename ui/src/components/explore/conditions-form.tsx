import { Plus, X } from "lucide-react";
import { useState } from "react";
import type { EntityType, QueryField } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import type { SliceSearch } from "@/lib/slice";
import { ConditionEditor } from "./condition-editor";
import { type ConditionDraft, conditionText, fieldOf, isComplete, kindOf } from "./query/condition";
import { anyOf } from "./query/splice";
import { QueryHighlight } from "./query-highlight";
import { ServerWords } from "./server-words";
import { useCheck } from "./use-check";

const EMPTY: ConditionDraft = { name: "", operation: "is", values: [] };

/** One condition, or several of which any is enough. Writes the query's text for them. */
export function ConditionsForm({
  projectId,
  entity,
  search,
  fields,
  drafts: initial,
  negated,
  rest,
  onWrite,
  onRemove,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  fields: readonly QueryField[];
  drafts: ConditionDraft[];
  negated: boolean;
  rest: string;
  onWrite: (condition: string) => void;
  onRemove: (() => void) | undefined;
}) {
  const [drafts, setDrafts] = useState(initial);
  const [open, setOpen] = useState(initial.length - 1);
  const { problem, clear, check } = useCheck(entity);
  const write = (draft: ConditionDraft) => {
    const found = fieldOf(fields, draft.name);
    return conditionText(draft, found ? kindOf(found.field, found.key) : "");
  };
  const set = (index: number, draft: ConditionDraft) => {
    clear();
    setDrafts(drafts.map((d, i) => (i === index ? draft : d)));
  };
  const complete = drafts.filter(isComplete);
  const isReady = complete.length > 0 && (drafts[open] === undefined || isStarted(drafts[open]));
  const apply = async () => {
    if (!isReady) return;
    const text = anyOf(complete.map(write));
    const whole = negated ? `-${complete.length > 1 ? text : `(${text})`}` : text;
    if (await check(whole)) onWrite(whole);
  };
  const canAddMore = drafts.every(isComplete);
  return (
    <form
      className="flex flex-col"
      onSubmit={(event) => {
        event.preventDefault();
        void apply();
      }}
      onKeyDownCapture={(event) => {
        if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
          event.preventDefault();
          event.stopPropagation();
          void apply();
        }
      }}
    >
      {negated && <p className="px-3 pt-2 text-sm text-danger">None of these:</p>}
      <div className="flex flex-col">
        {drafts.map((draft, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no name of their own
          <div key={index}>
            {index > 0 && (
              <p className="flex items-center gap-2 px-3 text-xs text-muted-foreground">
                <span className="h-px flex-1 bg-border" /> or{" "}
                <span className="h-px flex-1 bg-border" />
              </p>
            )}
            {index === open ? (
              <ConditionEditor
                projectId={projectId}
                entity={entity}
                search={search}
                fields={fields}
                draft={draft}
                rest={rest}
                onChange={(next) => set(index, next)}
              />
            ) : (
              <div className="flex items-center gap-1 px-3 py-1.5">
                <button
                  type="button"
                  onClick={() => setOpen(index)}
                  className="min-w-0 flex-1 truncate rounded-sm text-left font-mono text-sm hover:underline"
                >
                  <QueryHighlight text={write(draft)} />
                </button>
                <Button
                  variant="ghost"
                  size="icon-sm"
                  aria-label={`Remove ${write(draft)}`}
                  onClick={() => {
                    setDrafts(drafts.filter((_, i) => i !== index));
                    setOpen(open > index ? open - 1 : open);
                  }}
                >
                  <X />
                </Button>
              </div>
            )}
          </div>
        ))}
      </div>
      {problem && (
        <p role="alert" className="px-3 pb-2 text-sm text-danger">
          <ServerWords text={problem} />
        </p>
      )}
      <div className="flex items-center gap-2 border-t border-border px-3 py-2">
        <Button
          variant="ghost"
          size="sm"
          disabled={!canAddMore}
          title="Another condition of which one is enough"
          onClick={() => {
            setDrafts([...drafts, EMPTY]);
            setOpen(drafts.length);
          }}
        >
          <Plus /> or…
        </Button>
        {onRemove && (
          <Button variant="ghost" size="sm" onClick={onRemove}>
            Remove
          </Button>
        )}
        <Button variant="primary" size="sm" type="submit" className="ml-auto" disabled={!isReady}>
          Apply{" "}
          <Kbd
            keys="mod+enter"
            className="border-primary-foreground/40 bg-transparent text-primary-foreground"
          />
        </Button>
      </div>
    </form>
  );
}

/** A row left empty is left out; one that was begun must be ended. */
const isStarted = (draft: ConditionDraft): boolean => draft.name === "" || isComplete(draft);
