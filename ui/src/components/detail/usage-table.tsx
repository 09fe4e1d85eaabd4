import { formatCost, formatNumber } from "@/lib/format";

const FIRST = ["prompt_tokens", "completion_tokens", "total_tokens"];

/** Tokens and other usage by key, the common ones first. */
export function UsageTable({
  usage,
  cost,
}: {
  usage: Record<string, number> | null;
  cost: number | null;
}) {
  const keys = Object.keys(usage ?? {}).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  if (keys.length === 0 && cost === null) return null;
  return (
    <section aria-label="Usage" className="border-b border-border px-4 py-2">
      <h4 className="mb-1 font-medium">Usage</h4>
      <table className="w-full max-w-md border-collapse">
        <tbody>
          {keys.map((key) => (
            <tr key={key} className="border-b border-border last:border-0">
              <th
                scope="row"
                className="py-0.5 pr-4 text-left font-normal break-all text-muted-foreground"
              >
                {key}
              </th>
              <td className="py-0.5 text-right tabular">{formatNumber(usage?.[key])}</td>
            </tr>
          ))}
          {cost !== null && (
            <tr>
              <th scope="row" className="py-0.5 pr-4 text-left font-normal text-muted-foreground">
                estimated cost
              </th>
              <td className="py-0.5 text-right tabular" title={`$${cost}`}>
                {formatCost(cost)}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

const rank = (key: string): number => {
  const place = FIRST.indexOf(key);
  return place < 0 ? FIRST.length : place;
};
