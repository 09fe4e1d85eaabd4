import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "@/api/errors";
import { queryFieldsQuery } from "@/api/queries/query-text";
import type { Chip, EntityType, Facet, FacetValue } from "@/api/types";
import { Input } from "@/components/ui/input";
import type { SliceSearch } from "@/lib/slice";
import { FacetRow } from "./facet-row";
import { conditionText, fieldOf } from "./query/condition";
import { chipsOf, markOf, setMark } from "./query/facet-state";
import { removeChip } from "./query/splice";
import { useValues } from "./use-values";

/** All values of a facet's field that hold a text, also those that are too rare for the list. */
export function FacetSearch({
  projectId,
  entity,
  search,
  facet,
  chips,
  onQuery,
  onClose,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  facet: Facet;
  chips: readonly Chip[];
  onQuery: (query: string) => void;
  onClose: () => void;
}) {
  const [text, setText] = useState("");
  const query = search.q ?? "";
  const fields = useQuery(queryFieldsQuery(projectId, entity));
  const named = fieldOf(fields.data ?? [], facet.field);
  const own = [...chipsOf(facet, chips)].sort((a, b) => b.start - a.start);
  const { options, isPending, error } = useValues({
    projectId,
    entity,
    search,
    field: named?.field,
    fieldKey: named?.key ?? "",
    prefix: text,
    rest: own.reduce((rest, chip) => removeChip(rest, chip), query),
    enabled: true,
  });
  const facetValue = (value: string, count = 0): FacetValue =>
    facet.values.find((v) => v.value === value) ?? {
      value,
      label: value,
      count,
      query: conditionText({ name: facet.field, operation: "is", values: [value] }),
    };
  const largest = Math.max(1, ...options.map((o) => o.count ?? 0));
  return (
    <div className="pb-1">
      <div className="px-3 py-1">
        <Input
          className="h-6"
          aria-label={`Search ${facet.label}`}
          placeholder="Search…"
          value={text}
          autoFocus
          onChange={(e) => setText(e.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.preventDefault();
            onClose();
          }}
        />
      </div>
      <ul className="m-0 h-48 list-none overflow-y-auto p-0">
        {options.map(({ value, count }) => {
          const found = facetValue(value, count);
          return (
            <FacetRow
              key={value}
              label={found.label || "(empty)"}
              count={count}
              share={(count ?? 0) / largest}
              mark={markOf(facet, found, chips)}
              onMark={(mark) => onQuery(setMark(query, facet, found, chips, mark))}
            />
          );
        })}
        {options.length === 0 && (
          <li className="px-3 text-sm text-muted-foreground">
            {error ? messageOf(error) : isPending ? "Looking…" : "No such value"}
          </li>
        )}
      </ul>
    </div>
  );
}
