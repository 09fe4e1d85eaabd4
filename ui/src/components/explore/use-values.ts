import { useQuery } from "@tanstack/react-query";
import { queryValuesQuery } from "@/api/queries/query-text";
import type { EntityType, QueryField } from "@/api/types";
import { type SliceSearch, sliceOf } from "@/lib/slice";
import { isOrdered, kindOf } from "./query/condition";
import { useDebounced } from "./use-debounced";

export type ValueOption = { value: string; count?: number; detail?: string };

const MOMENTS: ValueOption[] = [
  { value: "-15m", detail: "15 minutes ago" },
  { value: "-1h", detail: "an hour ago" },
  { value: "-24h", detail: "a day ago" },
  { value: "-7d", detail: "a week ago" },
];

const LENGTHS: ValueOption[] = ["500ms", "1s", "5s", "30s", "2m"].map((value) => ({ value }));
const EXAMPLES: Record<string, ValueOption[]> = { time: MOMENTS, duration: LENGTHS };

/** Whether the server can list the values of a field. */
export const hasValues = (field: QueryField, key: string): boolean => {
  const kind = kindOf(field, key);
  return !isOrdered(kind) && kind !== "text" && kind !== "id" && (!field.keyed || key !== "");
};

/** Values of a field for completion, the most frequent first, counted in the rest of the query. */
export function useValues({
  projectId,
  entity,
  search,
  field,
  fieldKey,
  prefix,
  rest,
  enabled,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  field: QueryField | undefined;
  fieldKey: string;
  prefix: string;
  rest: string;
  enabled: boolean;
}): { options: ValueOption[]; isPending: boolean; error: unknown } {
  const typed = useDebounced(prefix, 120);
  const slice = sliceOf(search, entity);
  const asks = enabled && field !== undefined && hasValues(field, fieldKey);
  const found = useQuery({
    ...queryValuesQuery(projectId, {
      entity,
      field: field ? (fieldKey ? `${field.name}.${fieldKey}` : field.name) : "",
      prefix: typed,
      query: rest,
      from: slice.from,
      to: slice.to,
    }),
    enabled: asks,
  });
  const examples = EXAMPLES[field?.kind ?? ""];
  if (examples)
    return {
      options: examples.filter((e) => e.value.startsWith(prefix)),
      isPending: false,
      error: null,
    };
  const counted = asks && !found.isPlaceholderData ? (found.data ?? []) : [];
  const lower = prefix.toLowerCase();
  const fixed = (field?.values ?? [])
    .filter((v) => v.toLowerCase().includes(lower))
    .filter((v) => !counted.some((c) => c.value === v))
    .map((value) => ({ value }));
  return {
    options: [...counted, ...fixed],
    isPending: asks && found.isPending,
    error: asks ? found.error : null,
  };
}
