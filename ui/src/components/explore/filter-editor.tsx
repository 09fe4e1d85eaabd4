import { useQueries, useQuery } from "@tanstack/react-query";
import { parsedQuery, queryFieldsQuery } from "@/api/queries/query-text";
import type { EntityType } from "@/api/types";
import { ErrorState, Spinner } from "@/components/ui/states";
import type { SliceSearch } from "@/lib/slice";
import { ConditionsForm } from "./conditions-form";
import { type ConditionDraft, draftOf } from "./query/condition";
import { TextForm } from "./text-form";
import type { Part } from "./use-conditions";

const NEW: ConditionDraft[] = [{ name: "", operation: "is", values: [] }];

/** Opens the form that fits: fields and values, or, for what no form can say, the text. */
export function FilterEditor({
  projectId,
  entity,
  search,
  part,
  rest,
  onWrite,
  onRemove,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  part: Part | undefined;
  rest: string;
  onWrite: (condition: string) => void;
  onRemove: (() => void) | undefined;
}) {
  const fields = useQuery(queryFieldsQuery(projectId, entity));
  const alternatives = part?.kind === "group" ? part.group.alternatives : [];
  const read = useQueries({ queries: alternatives.map((text) => parsedQuery(entity, text)) });
  if (fields.error)
    return <ErrorState error={fields.error} onRetry={fields.refetch} className="p-4" />;
  if (!fields.data || read.some((r) => r.isPending)) return <Spinner className="m-4" />;
  let drafts: ConditionDraft[] | undefined = NEW;
  if (part?.kind === "condition") {
    const draft = draftOf(part.chip);
    drafts = draft && [draft];
  } else if (part) {
    const found = read.map(({ data }, i) => {
      const [chip, ...more] = data?.chips ?? [];
      // Only what one condition says whole fits into a row of the form.
      return chip && more.length === 0 && chip.text === alternatives[i] ? draftOf(chip) : undefined;
    });
    drafts = found.every((d) => d !== undefined) ? found : undefined;
  }
  if (!drafts)
    return (
      <TextForm entity={entity} text={part?.text ?? ""} onWrite={onWrite} onRemove={onRemove} />
    );
  return (
    <ConditionsForm
      projectId={projectId}
      entity={entity}
      search={search}
      fields={fields.data}
      drafts={drafts}
      negated={part?.kind === "group" && part.group.negated}
      rest={rest}
      onWrite={onWrite}
      onRemove={onRemove}
    />
  );
}
