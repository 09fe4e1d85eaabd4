import { useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";

export type ValueRow = { name: string; a: string; b: string };

export const rowsOf = (
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
): ValueRow[] =>
  [...new Set([...a.keys(), ...b.keys()])].map((name) => ({
    name,
    a: a.get(name) ?? "",
    b: b.get(name) ?? "",
  }));

/** Named values on both sides; those that are equal are shown when asked for. */
export function ValueTable({
  title,
  rows,
  allShown = false,
}: {
  title: string;
  rows: readonly ValueRow[];
  /** The equal ones are shown from the beginning. */
  allShown?: boolean;
}) {
  const [all, setAll] = useState(allShown);
  const differs = (row: ValueRow) => row.a !== row.b;
  const equal = rows.filter((row) => !differs(row)).length;
  const shown = all ? rows : rows.filter(differs);
  if (rows.length === 0) return null;
  return (
    <section aria-label={title} className="border-b border-border px-3 py-2 last:border-b-0">
      <h2 className="mb-1 flex items-center gap-2 font-medium">
        {title}
        {equal > 0 && !allShown && (
          <Button variant="ghost" size="sm" onClick={() => setAll(!all)}>
            {all ? "Only what differs" : `Show ${equal} equal`}
          </Button>
        )}
      </h2>
      {shown.length === 0 ? (
        <p className="text-muted-foreground">No difference</p>
      ) : (
        <div className="overflow-x-auto">
          <table className="w-full table-fixed text-sm">
            <thead>
              <tr className="text-left text-xs text-muted-foreground">
                <th scope="col" className="w-[30%] py-0.5 pr-2 font-normal">
                  Name
                </th>
                <th scope="col" className="py-0.5 pr-2 font-normal">
                  A
                </th>
                <th scope="col" className="py-0.5 font-normal">
                  B
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={row.name} className="border-t border-border align-top">
                  <th
                    scope="row"
                    className="py-0.5 pr-2 text-left font-normal break-words text-muted-foreground"
                  >
                    {row.name}
                  </th>
                  <Value text={row.a} tone={differs(row) ? "bg-danger-soft" : ""} />
                  <Value text={row.b} tone={differs(row) ? "bg-success-soft" : ""} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const MOST = 400;

function Value({ text, tone }: { text: string; tone: string }) {
  return (
    <td className="py-0.5 pr-2 break-words tabular">
      {text === "" ? (
        <span className="text-muted-foreground">–</span>
      ) : (
        <span className={cn("rounded-sm px-0.5 box-decoration-clone", tone)}>
          {text.length > MOST ? `${text.slice(0, MOST)}…` : text}
        </span>
      )}
    </td>
  );
}
