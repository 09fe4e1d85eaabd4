import { useQuery } from "@tanstack/react-query";
import { queryFieldsQuery } from "@/api/queries/query-text";
import type { EntityType } from "@/api/types";
import { quoteValue, type SliceSearch } from "@/lib/slice";
import { type Context, contextAt, type Suggestion, suggestionsFor } from "./query/completion";
import { fieldOf } from "./query/condition";
import { useValues } from "./use-values";

/** What may stand at the caret; of values what the server finds in the page's period. */
export function useSuggestions({
  projectId,
  entity,
  search,
  text,
  caret,
  recent,
  enabled,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  text: string;
  caret: number;
  recent: readonly string[];
  enabled: boolean;
}): { context: Context; suggestions: Suggestion[]; isPending: boolean } {
  const fields = useQuery({ ...queryFieldsQuery(projectId, entity), enabled });
  const known = fields.data ?? [];
  const context = contextAt(text, caret);
  const isValue = context.kind === "value";
  const named = isValue ? fieldOf(known, context.name) : undefined;
  const values = useValues({
    projectId,
    entity,
    search,
    field: named?.field,
    fieldKey: named?.key.replace(/^"(.*)"$/, "$1") ?? "",
    prefix: context.prefix,
    rest: isValue ? context.rest : "",
    enabled: enabled && isValue,
  });
  if (isValue) {
    const suggestions = values.options.map(({ value, count, detail }) => ({
      id: `value ${value}`,
      section: "Values" as const,
      label: value === "" ? '""' : value,
      ...(count === undefined ? {} : { count }),
      ...(detail === undefined ? {} : { detail }),
      insert: `${/^-\d/.test(value) ? value : quoteValue(value)}${context.inList ? "" : " "}`,
    }));
    return { context, suggestions, isPending: values.isPending };
  }
  const earlier =
    text.trim() === ""
      ? recent.map((query) => ({
          id: `recent ${query}`,
          section: "Recent" as const,
          label: query,
          insert: query,
          whole: true,
        }))
      : [];
  return {
    context,
    suggestions: [...earlier, ...suggestionsFor(context, known, text)],
    isPending: enabled && fields.isPending,
  };
}
