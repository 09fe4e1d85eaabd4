import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { messageOf } from "@/api/errors";
import { Skeleton } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/states";
import { cn } from "@/lib/cn";

/** A list that is on its way, failed, or is there; figures that are no longer fresh say so. */
export function Loaded<T>({
  query,
  children,
}: {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}) {
  if (query.data === undefined)
    return query.isError ? (
      <ErrorState error={query.error} onRetry={query.refetch} className="h-full" />
    ) : (
      <Waiting />
    );
  return (
    <>
      {query.isError && (
        <p role="alert" className="border-b border-border bg-danger-soft px-3 py-1.5 text-danger">
          This is not the latest. {messageOf(query.error)}
        </p>
      )}
      {children(query.data)}
    </>
  );
}

function Waiting() {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col">
      {[0, 1, 2, 3, 4].map((row) => (
        <div key={row} className="flex h-9 items-center gap-3 border-b border-border px-3">
          <Skeleton className="w-40" />
          <Skeleton className="ml-auto w-1/3" />
        </div>
      ))}
    </div>
  );
}

export type Column = { label: string; end?: boolean; hidden?: boolean; className?: string };

/** A table that scrolls by itself; rows are its children. */
export function ListTable({
  label,
  columns,
  children,
}: {
  label: string;
  columns: readonly Column[];
  children: ReactNode;
}) {
  return (
    <div className="relative overflow-x-auto">
      <table aria-label={label} className="w-full border-collapse whitespace-nowrap">
        <thead>
          <tr className="border-b border-border text-left text-muted-foreground">
            {columns.map((column, i) => (
              <th
                key={column.label}
                scope="col"
                className={cn(
                  "h-8 px-2 font-medium",
                  i === 0 && "pl-3",
                  column.end && "text-right",
                  column.className,
                )}
              >
                <span className={column.hidden ? "sr-only" : undefined}>{column.label}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export const ROW = "h-9 border-b border-border hover:bg-muted/50";
export const HEAD = "max-w-80 pr-2 pl-3 text-left font-normal";
export const NUMBER = "px-2 text-right tabular";

/** The line above a list: what it is, and what can be done. */
export function ListBar({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 border-b border-border px-3 py-1.5">
      <p className="min-w-0 flex-1 text-muted-foreground max-sm:basis-full">{children}</p>
      {action}
    </div>
  );
}
