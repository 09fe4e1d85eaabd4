import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, RotateCcw } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { EmptyState, ErrorState, Spinner } from "@/components/ui/states";
import { useNow } from "@/hooks/use-now";
import { formatAgo, formatNumber, formatTime, MISSING } from "@/lib/format";
import { toast } from "@/lib/toast";
import { FAILURES_PAGE, failuresQuery } from "../api/failures";
import { replayFailures } from "../api/replay";
import type { Destination } from "../api/types";
import { useCanEdit } from "../lib/use-can-edit";
import { GenerationIds } from "./generation-ids";

const MOST_KEPT = 1000;

/** What the destination refused for good, why, and sending it again. */
export function FailuresTab({
  destination,
  page,
  onPage,
}: {
  destination: Destination;
  page: number;
  onPage: (page: number) => void;
}) {
  const client = useQueryClient();
  const canReplay = useCanEdit();
  const [isAsking, setAsking] = useState(false);
  const now = useNow(10_000);
  const failures = useQuery(failuresQuery(destination.id, page));
  if (!failures.data)
    return failures.isError ? (
      <ErrorState error={failures.error} onRetry={failures.refetch} />
    ) : (
      <Spinner className="p-6" />
    );
  const { content, total } = failures.data;
  if (total === 0)
    return (
      <EmptyState icon={<CircleCheck />} title="Nothing failed">
        What a destination refuses for good, such as with status 400 or 403, is listed here with its
        reason. A destination that is busy or away is no failure: what it should get waits.
      </EmptyState>
    );
  const pages = Math.ceil(total / FAILURES_PAGE);
  const replay = async () => {
    const { generations, gone } = await replayFailures(destination.id);
    toast(
      `${formatNumber(generations)} ${generations === 1 ? "call is" : "calls are"} being sent again.${
        gone > 0 ? ` ${formatNumber(gone)} are no longer kept.` : ""
      }`,
    );
    onPage(1);
    await client.invalidateQueries({ queryKey: ["broadcast"] });
  };
  return (
    <>
      <div className="flex flex-wrap items-center gap-3 px-4 py-2">
        <p className="min-w-0 flex-1 text-muted-foreground">
          {formatNumber(total)} {total === 1 ? "failure" : "failures"}, newest first
          {total >= MOST_KEPT && `; the latest ${formatNumber(MOST_KEPT)} are kept`}
        </p>
        {canReplay && (
          <Button onClick={() => setAsking(true)}>
            <RotateCcw /> Send all again
          </Button>
        )}
      </div>
      <div className="relative overflow-x-auto">
        <table aria-label="Failures" className="w-full border-collapse">
          <thead>
            <tr className="border-y border-border text-left whitespace-nowrap text-muted-foreground [&>th]:h-8 [&>th]:px-2 [&>th]:font-medium [&>th:first-child]:pl-4">
              <th scope="col">Time</th>
              <th scope="col">Status</th>
              <th scope="col">Reason</th>
              <th scope="col">Calls</th>
            </tr>
          </thead>
          <tbody>
            {content.map((failure) => (
              <tr
                key={failure.id}
                className="border-b border-border align-top [&>td]:px-2 [&>td]:py-1.5"
              >
                <td
                  className="pl-4! whitespace-nowrap tabular"
                  title={formatTime(failure.failed_at)}
                >
                  {formatAgo(failure.failed_at, now)}
                </td>
                <td className="tabular">{failure.status ?? MISSING}</td>
                <td className="min-w-60 break-words">{failure.reason}</td>
                <td className="whitespace-nowrap">
                  <GenerationIds ids={failure.generation_ids} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {pages > 1 && (
        <nav aria-label="Pages" className="flex items-center justify-end gap-2 p-3">
          <span className="text-muted-foreground tabular">
            {page} of {pages}
          </span>
          <Button disabled={page <= 1} onClick={() => onPage(page - 1)}>
            Previous
          </Button>
          <Button disabled={page >= pages} onClick={() => onPage(page + 1)}>
            Next
          </Button>
        </nav>
      )}
      {isAsking && (
        <ConfirmDialog
          open
          onOpenChange={() => setAsking(false)}
          title="Send all failures again?"
          confirm="Send again"
          tone="primary"
          onConfirm={replay}
        >
          All failures leave the list, and their calls are sent to {destination.name} again. Those
          that are refused once more come back to it.
        </ConfirmDialog>
      )}
    </>
  );
}
