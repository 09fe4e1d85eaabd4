import { Plus, X } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { isMasked, newPair, type Pair } from "./pairs";

/** Names and values; a kept secret is masked, and taken whole when it is touched. */
export function PairsEditor({
  label,
  noun,
  help,
  error,
  pairs,
  onChange,
}: {
  label: string;
  /** What one of them is: `header`. */
  noun: string;
  help: ReactNode;
  error?: string | undefined;
  pairs: readonly Pair[];
  onChange: (pairs: Pair[]) => void;
}) {
  const change = (key: number, part: Partial<Pair>) =>
    onChange(pairs.map((pair) => (pair.key === key ? { ...pair, ...part } : pair)));
  return (
    <fieldset className="m-0 flex min-w-0 flex-col gap-1 border-0 p-0">
      <legend className="mb-1 p-0 font-medium">
        {label} <span className="font-normal text-muted-foreground">(optional)</span>
      </legend>
      {pairs.map((pair, i) => (
        <div key={pair.key} className="flex gap-1.5">
          <Input
            aria-label={`Name of ${noun} ${i + 1}`}
            placeholder="Name"
            value={pair.name}
            spellCheck={false}
            className="flex-1 font-mono"
            autoFocus={!pair.name}
            onChange={(event) => change(pair.key, { name: event.target.value })}
          />
          <Input
            aria-label={`Value of ${noun} ${i + 1}`}
            placeholder="Value"
            value={pair.value}
            spellCheck={false}
            autoComplete="off"
            className="flex-[2] font-mono"
            onFocus={(event) => isMasked(pair.value) && event.target.select()}
            onChange={(event) => change(pair.key, { value: event.target.value })}
          />
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Remove ${noun} ${pair.name || i + 1}`}
            onClick={() => onChange(pairs.filter((one) => one.key !== pair.key))}
          >
            <X />
          </Button>
        </div>
      ))}
      <div>
        <Button size="sm" onClick={() => onChange([...pairs, newPair()])}>
          <Plus /> Add {noun}
        </Button>
      </div>
      <p
        {...(error ? { role: "alert" } : {})}
        className={`text-sm ${error ? "text-danger" : "text-muted-foreground"}`}
      >
        {error ?? help}
      </p>
    </fieldset>
  );
}
