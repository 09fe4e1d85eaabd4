import { Command } from "cmdk";
import { Check, X } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/errors";
import type { EntityType, QueryField } from "@/api/types";
import { cn } from "@/lib/cn";
import { formatNumber } from "@/lib/format";
import type { SliceSearch } from "@/lib/slice";
import { useValues } from "./use-values";

/** Any of the values that occur, with their counts; another may be typed. */
export function ValuePicker({
  projectId,
  entity,
  search,
  field,
  fieldKey,
  rest,
  isListed,
  chosen,
  onChange,
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  field: QueryField;
  fieldKey: string;
  rest: string;
  isListed: boolean;
  chosen: readonly string[];
  onChange: (values: string[]) => void;
}) {
  const [text, setText] = useState("");
  const { options, isPending, error } = useValues({
    projectId,
    entity,
    search,
    field,
    fieldKey,
    prefix: text,
    rest,
    enabled: isListed,
  });
  const isChosen = (value: string) => chosen.includes(value);
  const toggle = (value: string) => {
    onChange(isChosen(value) ? chosen.filter((v) => v !== value) : [...chosen, value]);
    setText("");
  };
  const own = text.trim();
  const values = chosen.filter((v) => v !== "");
  return (
    <Command
      shouldFilter={false}
      loop
      label="Values"
      className="rounded-md border border-border-strong"
    >
      <div className="flex flex-wrap items-center gap-1 border-b border-border p-1">
        {values.map((value) => (
          <span
            key={value}
            className="inline-flex h-5 max-w-full items-center gap-1 rounded-sm bg-accent pl-1.5 text-sm"
          >
            <span className="truncate">{value}</span>
            <button
              type="button"
              aria-label={`Remove ${value}`}
              onClick={() => toggle(value)}
              className="rounded-sm p-0.5 hover:bg-muted"
            >
              <X className="size-3" />
            </button>
          </span>
        ))}
        <Command.Input
          value={text}
          onValueChange={setText}
          placeholder={values.length > 0 ? "or…" : "Value…"}
          autoFocus
          onKeyDown={(event) => {
            if (event.key === "Backspace" && text === "" && values.length > 0)
              onChange(values.slice(0, -1));
          }}
          className="h-5 min-w-20 flex-1 bg-transparent px-1 outline-none placeholder:text-muted-foreground"
        />
      </div>
      <Command.List className="max-h-52 min-h-16 overflow-y-auto p-1">
        {own !== "" && !options.some((o) => o.value === own) && (
          <Command.Item
            value={`own ${own}`}
            onSelect={() => toggle(own)}
            className="flex h-7 cursor-default items-center rounded-sm px-2 data-[selected=true]:bg-selection"
          >
            <span className="truncate">
              <span className="text-muted-foreground">Use</span> {own}
            </span>
          </Command.Item>
        )}
        {options.map(({ value, count }) => (
          <Command.Item
            key={value}
            value={`value ${value}`}
            onSelect={() => toggle(value)}
            className="flex h-7 cursor-default items-center gap-2 rounded-sm px-2 data-[selected=true]:bg-selection"
          >
            <Check
              aria-hidden
              className={cn("size-3.5 shrink-0", !isChosen(value) && "opacity-0")}
            />
            <span className="min-w-0 flex-1 truncate" title={value}>
              {value === "" ? "(empty)" : value}
              {isChosen(value) && <span className="sr-only"> (chosen)</span>}
            </span>
            {count !== undefined && (
              <span className="tabular text-sm text-muted-foreground">{formatNumber(count)}</span>
            )}
          </Command.Item>
        ))}
        {options.length === 0 && own === "" && (
          <p className="px-2 py-1.5 text-sm text-muted-foreground">
            {error ? messageOf(error) : isPending ? "Looking…" : "Type a value and press Enter"}
          </p>
        )}
      </Command.List>
    </Command>
  );
}
