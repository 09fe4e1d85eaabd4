import { Plus, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { type HeaderDraft, isMasked, newHeader } from "../lib/draft";

/** Names and values; a kept value is masked, and taken whole when it is touched. */
export function HeadersEditor({
  label,
  help,
  rows,
  error,
  onChange,
}: {
  label: string;
  help: string;
  rows: HeaderDraft[];
  error: string | undefined;
  onChange: (rows: HeaderDraft[]) => void;
}) {
  const change = (key: number, part: Partial<HeaderDraft>) =>
    onChange(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  return (
    <fieldset className="m-0 flex min-w-0 flex-col gap-1 border-0 p-0">
      <legend className="mb-1 p-0 font-medium">
        {label} <span className="font-normal text-muted-foreground">(optional)</span>
      </legend>
      {rows.map((row, i) => (
        <div key={row.key} className="flex gap-1.5">
          <Input
            aria-label={`Name of header ${i + 1}`}
            placeholder="Name"
            value={row.name}
            spellCheck={false}
            className="flex-1 font-mono"
            autoFocus={!row.name}
            onChange={(event) => change(row.key, { name: event.target.value })}
          />
          <Input
            aria-label={`Value of header ${i + 1}`}
            placeholder="Value"
            value={row.value}
            spellCheck={false}
            autoComplete="off"
            className="flex-[2] font-mono"
            onFocus={(event) => isMasked(row.value) && event.target.select()}
            onChange={(event) => change(row.key, { value: event.target.value })}
          />
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Remove header ${row.name || i + 1}`}
            onClick={() => onChange(rows.filter((one) => one.key !== row.key))}
          >
            <X />
          </Button>
        </div>
      ))}
      <div>
        <Button size="sm" onClick={() => onChange([...rows, newHeader()])}>
          <Plus /> Add header
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
