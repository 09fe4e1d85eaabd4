import { formatNumber } from "@/lib/format";
import type { Counts } from "../api/ledger";
import { shareOf } from "../lib/ledger";

/** What was received in all, and what became of it. */
export function LedgerFigures({ total }: { total: Counts }) {
  return (
    <dl className="m-0 flex flex-wrap gap-x-8 gap-y-2">
      <Figure name="Received" value={total.received} />
      <Figure name="Stored" value={total.stored} share={shareOf(total.stored, total.received)} />
      <Figure
        name="Refused"
        value={total.refused}
        share={shareOf(total.refused, total.received)}
        isBad={total.refused > 0}
      />
    </dl>
  );
}

function Figure({
  name,
  value,
  share,
  isBad = false,
}: {
  name: string;
  value: number;
  share?: string;
  isBad?: boolean;
}) {
  return (
    <div>
      <dt className="text-sm text-muted-foreground">{name}</dt>
      <dd className="m-0 flex items-baseline gap-2 text-xl font-semibold tabular">
        <span className={isBad ? "text-danger" : undefined}>{formatNumber(value)}</span>
        {share && <span className="text-sm font-normal text-muted-foreground">{share}</span>}
      </dd>
    </div>
  );
}
