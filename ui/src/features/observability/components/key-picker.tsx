import { useQuery } from "@tanstack/react-query";
import { ChevronDown, X } from "lucide-react";
import { useState } from "react";
import type { ControlProps } from "@/components/form/form-row";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Input, Textarea } from "@/components/ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { Skeleton } from "@/components/ui/skeleton";
import { type GatewayKey, gatewayKeysQuery } from "../api/gateway-keys";

/** Several gateway keys by their names; where the server lists none, by their hashes. */
export function KeyPicker({
  label,
  hashes,
  onChange,
  ...props
}: ControlProps & {
  label: string;
  hashes: string[];
  onChange: (hashes: string[]) => void;
}) {
  const keys = useQuery(gatewayKeysQuery());
  if (keys.isPending) return <Skeleton className="h-7 w-32" />;
  if (!keys.data)
    return (
      <Textarea
        {...props}
        aria-label={label}
        rows={2}
        spellCheck={false}
        placeholder="SHA-256 hashes of keys, one a line"
        defaultValue={hashes.join("\n")}
        className="font-mono text-sm"
        onChange={(event) => onChange(event.target.value.split(/[\s,]+/).filter(Boolean))}
      />
    );
  const byHash = new Map(keys.data.map((key) => [key.hash, key]));
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-1.5">
      {hashes.map((hash) => (
        <span
          key={hash}
          className="inline-flex h-7 max-w-full items-center gap-1 rounded-md bg-muted pl-2"
          title={hash}
        >
          <span className="truncate">{byHash.get(hash)?.name ?? `${hash.slice(0, 12)}…`}</span>
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={`Take out ${byHash.get(hash)?.name ?? hash}`}
            onClick={() => onChange(hashes.filter((one) => one !== hash))}
          >
            <X />
          </Button>
        </span>
      ))}
      <Popover>
        <PopoverTrigger asChild>
          <Button {...props} aria-label={`Choose: ${label}`}>
            Choose keys <ChevronDown className="opacity-60" />
          </Button>
        </PopoverTrigger>
        <PopoverContent>
          <KeyList keys={keys.data} hashes={hashes} onChange={onChange} />
        </PopoverContent>
      </Popover>
    </div>
  );
}

function KeyList({
  keys,
  hashes,
  onChange,
}: {
  keys: GatewayKey[];
  hashes: string[];
  onChange: (hashes: string[]) => void;
}) {
  const [words, setWords] = useState("");
  const found = keys.filter((key) =>
    `${key.name} ${key.label}`.toLowerCase().includes(words.trim().toLowerCase()),
  );
  if (keys.length === 0)
    return <p className="text-muted-foreground">The gateway has no keys yet.</p>;
  return (
    <div className="flex flex-col gap-1">
      <Input
        type="search"
        aria-label="Search keys"
        placeholder="Search"
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      <ul aria-label="Keys" className="m-0 max-h-64 list-none overflow-y-auto p-0">
        {found.map((key) => (
          <li key={key.hash}>
            {/* biome-ignore lint/a11y/noLabelWithoutControl: the box is inside */}
            <label className="flex h-7 items-center gap-2 rounded-sm px-1 hover:bg-muted">
              <Checkbox
                checked={hashes.includes(key.hash)}
                onCheckedChange={(checked) =>
                  onChange(
                    checked === true
                      ? [...hashes, key.hash]
                      : hashes.filter((one) => one !== key.hash),
                  )
                }
              />
              <span className="min-w-0 flex-1 truncate">{key.name}</span>
              <span className="font-mono text-sm text-muted-foreground">{key.label}</span>
            </label>
          </li>
        ))}
      </ul>
    </div>
  );
}
