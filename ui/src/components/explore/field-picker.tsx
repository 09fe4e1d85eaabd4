import { Command } from "cmdk";
import { useState } from "react";
import type { QueryField } from "@/api/types";
import { keyedName, shortName } from "./query/condition";

type Choice = { name: string; description: string; words: string };

const SHOWN = 60;

function choicesOf(fields: readonly QueryField[]): Choice[] {
  return fields.flatMap((field) => {
    const name = shortName(field);
    const words = [field.name, ...field.aliases].join(" ");
    const keys = field.keys.map((key) => ({
      name: keyedName(name, key),
      description: "",
      words: `${words} ${key}`,
    }));
    const itself = field.needs_key || field.kind === "dictionary" || field.kind === "score";
    return itself ? keys : [{ name, description: field.description, words }, ...keys];
  });
}

/** A field by its name, other name or key; a key that nobody used yet may be typed. */
export function FieldPicker({
  fields,
  onPick,
}: {
  fields: readonly QueryField[];
  onPick: (name: string) => void;
}) {
  const [text, setText] = useState("");
  const typed = text.trim().toLowerCase();
  const rank = (c: Choice) => {
    if (c.name.toLowerCase().startsWith(typed)) return 0;
    return c.words.toLowerCase().includes(typed) || c.name.toLowerCase().includes(typed) ? 1 : 2;
  };
  const found = choicesOf(fields)
    .map((choice) => ({ choice, rank: rank(choice) }))
    .filter((c) => c.rank < 2)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, SHOWN)
    .map((c) => c.choice);
  const [base, ...path] = text.trim().split(".");
  const keyed = fields.find((f) => f.keyed && [f.name, ...f.aliases].includes(base ?? ""));
  const own =
    keyed && path.join(".") !== "" ? keyedName(base as string, path.join(".")) : undefined;
  return (
    <Command shouldFilter={false} loop label="Field" className="flex flex-col">
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder="Field…"
        autoFocus
        className="h-9 w-full border-b border-border bg-transparent px-3 outline-none placeholder:text-muted-foreground"
      />
      <Command.List className="max-h-64 overflow-y-auto p-1">
        <Command.Empty className="px-2 py-1.5 text-sm text-muted-foreground">
          There is no such field
        </Command.Empty>
        {own && !found.some((c) => c.name === own) && (
          <Item name={own} description="This path" onPick={onPick} />
        )}
        {found.map((c) => (
          <Item key={c.name} name={c.name} description={c.description} onPick={onPick} />
        ))}
      </Command.List>
    </Command>
  );
}

function Item({
  name,
  description,
  onPick,
}: {
  name: string;
  description: string;
  onPick: (name: string) => void;
}) {
  return (
    <Command.Item
      value={name}
      onSelect={() => onPick(name)}
      className="flex h-7 cursor-default items-center gap-3 rounded-sm px-2 data-[selected=true]:bg-selection"
    >
      <span className="shrink-0 font-mono text-sm">{name}</span>
      <span className="min-w-0 flex-1 truncate text-sm text-muted-foreground">{description}</span>
    </Command.Item>
  );
}
