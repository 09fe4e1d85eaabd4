import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { formatCount } from "@/lib/format";
import { chatModelsQuery, type PlaygroundModel } from "../api/models";
import { priceWords } from "../lib/prices";

const SHOWN = 60;

/** One of the models that can be called, found by typing; or any other name, as it is typed. */
export function ModelPicker({
  label,
  model,
  onChange,
}: {
  label: string;
  model: string;
  onChange: (model: string) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover open={isOpen} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button aria-label={`${label}: ${model}`} className="min-w-0 max-w-full font-mono text-sm">
          <span className="truncate">{model}</span>
          <ChevronDown className="opacity-60" />
        </Button>
      </PopoverTrigger>
      <PopoverContent
        aria-label={label}
        className="w-[min(34rem,calc(100vw-2rem))] overflow-hidden p-0"
      >
        <Choice
          model={model}
          onChange={(next) => {
            setOpen(false);
            onChange(next);
          }}
        />
      </PopoverContent>
    </Popover>
  );
}

function Choice({ model, onChange }: { model: string; onChange: (model: string) => void }) {
  const models = useQuery(chatModelsQuery());
  const [words, setWords] = useState("");
  const typed = words.trim();
  const found = foundBy(models.data ?? [], typed);
  const isOther = typed !== "" && !typed.includes(" ") && !found.some((one) => one.id === typed);
  return (
    <Command shouldFilter={false} loop defaultValue={model}>
      <Command.Input
        value={words}
        onValueChange={setWords}
        placeholder="Search models, or type a name"
        className="h-9 w-full border-b border-border bg-transparent px-3 outline-none placeholder:text-muted-foreground"
      />
      <Command.List label="Models" className="max-h-80 overflow-y-auto p-1">
        {models.isError && (
          <p role="alert" className="p-2 text-danger">
            {messageOf(models.error)}
          </p>
        )}
        {models.isPending && <p className="p-2 text-muted-foreground">Loading…</p>}
        {found.slice(0, SHOWN).map((one) => (
          <Item key={one.id} value={one.id} onSelect={onChange}>
            <span className="truncate font-mono text-sm" title={one.description}>
              {one.id}
            </span>
            <span className="ml-auto shrink-0 text-sm text-muted-foreground tabular">
              {[one.context_length && formatCount(one.context_length), priceWords(one.pricing)]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </Item>
        ))}
        {found.length > SHOWN && (
          <p className="p-2 text-sm text-muted-foreground">
            {found.length - SHOWN} more: type to narrow them down
          </p>
        )}
        {isOther && (
          <Item value={typed} onSelect={onChange}>
            <span className="truncate font-mono text-sm">{typed}</span>
            <span className="ml-auto shrink-0 text-muted-foreground">as it is typed</span>
          </Item>
        )}
        {models.data && found.length === 0 && !isOther && (
          <p className="p-2 text-muted-foreground">No model is called that.</p>
        )}
      </Command.List>
    </Command>
  );
}

function foundBy(models: readonly PlaygroundModel[], typed: string): PlaygroundModel[] {
  const words = typed.toLowerCase().split(/\s+/);
  return models.filter((one) => {
    const text = `${one.id} ${one.name}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function Item({
  value,
  onSelect,
  children,
}: {
  value: string;
  onSelect: (value: string) => void;
  children: React.ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={() => onSelect(value)}
      className="flex h-8 cursor-default items-center gap-3 rounded-sm px-2 data-[selected=true]:bg-muted"
    >
      {children}
    </Command.Item>
  );
}
