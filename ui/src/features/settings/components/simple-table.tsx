import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

export type SimpleColumn<T> = {
  label: string;
  show: (row: T) => ReactNode;
  /** Numbers stand on the right. */
  end?: boolean;
  /** Read out and not shown, as for a column of buttons. */
  hiddenLabel?: boolean;
};

/** A short table of settings; the first column names the row. */
export function SimpleTable<T>({
  label,
  columns,
  rows,
  keyOf,
}: {
  label: string;
  columns: SimpleColumn<T>[];
  rows: T[];
  keyOf: (row: T) => string;
}) {
  return (
    <div className="overflow-x-auto">
      <table aria-label={label} className="w-full border-collapse whitespace-nowrap">
        <thead>
          <tr className="border-b border-border text-left text-muted-foreground">
            {columns.map((column) => (
              <th
                key={column.label}
                scope="col"
                className={cn("py-1.5 pr-4 font-medium last:pr-0", column.end && "text-right")}
              >
                <span className={column.hiddenLabel ? "sr-only" : undefined}>{column.label}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className="h-9 border-b border-border">
              {columns.map((column, i) => {
                const Cell = i === 0 ? "th" : "td";
                return (
                  <Cell
                    key={column.label}
                    {...(i === 0 ? { scope: "row" } : {})}
                    className={cn(
                      "pr-4 text-left font-normal last:pr-0",
                      column.end && "text-right tabular",
                    )}
                  >
                    {column.show(row)}
                  </Cell>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
