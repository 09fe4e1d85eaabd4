import { ChevronLeft } from "lucide-react";
import type { EntityType, QueryField } from "@/api/types";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { SliceSearch } from "@/lib/slice";
import { FieldPicker } from "./field-picker";
import {
  arity,
  type ConditionDraft,
  fieldOf,
  isOrdered,
  kindOf,
  OPERATION_LABELS,
  type Operation,
  operationsOf,
} from "./query/condition";
import { hasValues } from "./use-values";
import { ValuePicker } from "./value-picker";

const EXAMPLES: Record<string, string> = {
  duration: "2s, 300ms, 1.5m",
  cost: "0.01",
  time: "2026-01-31, -24h",
  score: "0.5",
  number: "100",
};

/** Field, comparison and value of one condition. */
export function ConditionEditor({
  projectId,
  entity,
  search,
  fields,
  draft,
  rest,
  onChange,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  fields: readonly QueryField[];
  draft: ConditionDraft;
  rest: string;
  onChange: (draft: ConditionDraft) => void;
}) {
  const found = fieldOf(fields, draft.name);
  if (!found)
    return (
      <FieldPicker
        fields={fields}
        onPick={(name) => {
          const picked = fieldOf(fields, name);
          const kind = picked ? kindOf(picked.field, picked.key) : "string";
          onChange({ name, operation: operationsOf(kind)[0] ?? "is", values: [] });
        }}
      />
    );
  const { field, key } = found;
  const kind = kindOf(field, key);
  const offered = operationsOf(kind);
  const operations = offered.includes(draft.operation) ? offered : [draft.operation, ...offered];
  const takes = arity(draft.operation);
  const setValue = (index: number, value: string) => {
    const values = [...draft.values];
    while (values.length <= index) values.push("");
    values[index] = value;
    onChange({ ...draft, values });
  };
  const change = (operation: Operation) =>
    onChange({
      ...draft,
      operation,
      values: arity(operation) === "many" ? draft.values : draft.values.slice(0, 2),
    });
  const example = EXAMPLES[kind] ?? "Text";
  const isNoun = (takes === "many" && isOrdered(kind)) || takes === "one" || kind === "id";
  return (
    <div className="flex flex-col gap-2 p-3">
      <div className="flex items-center gap-2">
        <button
          type="button"
          onClick={() => onChange({ name: "", operation: "is", values: [] })}
          title={`${field.description}. Choose another field`}
          className="inline-flex h-7 min-w-0 items-center gap-1 rounded-md px-1 font-mono text-sm text-type-llm hover:bg-muted"
        >
          <ChevronLeft aria-hidden className="size-3.5 shrink-0" />
          <span className="truncate">{draft.name}</span>
        </button>
        <Select
          label="Comparison"
          value={draft.operation}
          options={operations.map((value) => ({ value, label: OPERATION_LABELS[value] }))}
          onChange={change}
          className="ml-auto shrink-0"
        />
      </div>
      {takes === "two" && (
        <div className="flex items-center gap-2">
          {["From", "To"].map((label, index) => (
            <Input
              key={label}
              aria-label={label}
              placeholder={`${label}: ${example.split(",")[0]}`}
              value={draft.values[index] ?? ""}
              onChange={(e) => setValue(index, e.target.value)}
              autoFocus={index === 0}
            />
          ))}
        </div>
      )}
      {takes !== "none" && takes !== "two" && isNoun && (
        <Input
          aria-label="Value"
          placeholder={example}
          value={draft.values[0] ?? ""}
          onChange={(e) => onChange({ ...draft, values: [e.target.value] })}
          autoFocus
        />
      )}
      {takes === "many" && !isNoun && (
        <ValuePicker
          projectId={projectId}
          entity={entity}
          search={search}
          field={field}
          fieldKey={key.replace(/^"(.*)"$/, "$1")}
          rest={rest}
          isListed={hasValues(field, key) || field.values.length > 0}
          chosen={draft.values}
          onChange={(values) => onChange({ ...draft, values })}
        />
      )}
    </div>
  );
}
