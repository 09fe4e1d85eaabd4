import { formatNumber } from "@/lib/format";
import { reasonOf } from "../lib/ledger";

/** Why messages were not stored: how many, and what one can do. */
export function ReasonList({ label, reasons }: { label: string; reasons: Record<string, number> }) {
  return (
    <ul aria-label={label} className="m-0 flex list-none flex-col p-0">
      {Object.entries(reasons).map(([code, messages]) => {
        const { label: name, help } = reasonOf(code);
        return (
          <li key={code} className="flex flex-wrap gap-x-3 py-0.5">
            <span className="w-16 shrink-0 text-right font-medium tabular">
              {formatNumber(messages)}
            </span>
            <span className="w-36 shrink-0">{name}</span>
            <span className="min-w-0 flex-1 basis-64 text-muted-foreground max-sm:basis-full max-sm:pl-19">
              {help}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
