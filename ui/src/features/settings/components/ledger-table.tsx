import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { Fragment } from "react";
import { cn } from "@/lib/cn";
import { formatAgo, formatNumber, formatTime } from "@/lib/format";
import type { LedgerRow } from "../api/ledger";
import { clientOf, faceOf, keyOf, projectOf } from "../lib/ledger";
import { ReasonList } from "./reason-list";

const HEADS = ["Project", "Client", "Sent to", "Received", "Stored", "Refused", "Last seen"];
const NUMBERS = new Set(["Received", "Stored", "Refused"]);

/** One row for each project, client and face; the reasons of one are folded out below it. */
export function LedgerTable({
  rows,
  open,
  onOpen,
}: {
  rows: LedgerRow[];
  open: string | undefined;
  onOpen: (key: string | undefined) => void;
}) {
  return (
    <div className="overflow-x-auto">
      <table
        aria-label="Received by project and client"
        className="w-full border-collapse whitespace-nowrap"
      >
        <thead>
          <tr className="border-b border-border text-left text-muted-foreground">
            {HEADS.map((head) => (
              <th
                key={head}
                scope="col"
                className={cn(
                  "py-1.5 pr-4 font-medium last:pr-0",
                  NUMBERS.has(head) && "text-right",
                )}
              >
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const key = keyOf(row);
            const isOpen = key === open;
            return (
              <Fragment key={key}>
                <tr className={cn("h-9", !isOpen && "border-b border-border")}>
                  <th scope="row" className="max-w-56 truncate pr-4 text-left font-normal">
                    <Project row={row} />
                  </th>
                  <td className="max-w-56 truncate pr-4">{clientOf(row)}</td>
                  <td className="pr-4">{faceOf(row.face)}</td>
                  <td className="pr-4 text-right tabular">{formatNumber(row.received)}</td>
                  <td className="pr-4 text-right tabular">{formatNumber(row.stored)}</td>
                  <td className="pr-4 text-right tabular">
                    {row.refused === 0 ? (
                      <span className="text-muted-foreground">0</span>
                    ) : (
                      <button
                        type="button"
                        aria-expanded={isOpen}
                        aria-label={`${formatNumber(row.refused)} refused of ${projectOf(row)}, ${clientOf(row)}: reasons`}
                        onClick={() => onOpen(isOpen ? undefined : key)}
                        className="-mr-1 inline-flex h-6 items-center gap-1 rounded-sm px-1 font-medium text-danger hover:bg-muted"
                      >
                        <ChevronRight
                          className={cn("size-3.5 transition-transform", isOpen && "rotate-90")}
                        />
                        {formatNumber(row.refused)}
                      </button>
                    )}
                  </td>
                  <td title={formatTime(row.last_received_at)}>
                    {formatAgo(row.last_received_at)}
                  </td>
                </tr>
                {isOpen && row.refused > 0 && (
                  <tr className="border-b border-border">
                    <td colSpan={HEADS.length} className="pb-2 whitespace-normal">
                      {/* Where the table is scrolled aside, it stays in sight. */}
                      <div className="sticky left-0 max-sm:w-[calc(100vw-2rem)]">
                        <ReasonList
                          label={`Reasons of ${projectOf(row)}, ${clientOf(row)}`}
                          reasons={row.reasons}
                        />
                      </div>
                    </td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Project({ row }: { row: LedgerRow }) {
  const name = projectOf(row);
  if (row.project_id === null || row.project_name === null) {
    return <span className="text-muted-foreground">{name}</span>;
  }
  return (
    <Link
      to="/projects/$projectId/logs"
      params={{ projectId: row.project_id }}
      title={name}
      className="font-medium hover:underline"
    >
      {name}
    </Link>
  );
}
