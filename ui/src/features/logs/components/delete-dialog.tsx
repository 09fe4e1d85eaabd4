import { useQuery } from "@tanstack/react-query";
import { summaryQuery } from "@/api/queries/slice";
import type { EntityType } from "@/api/types";
import { ConfirmDialog } from "@/components/ui/dialog";
import { formatNumber } from "@/lib/format";
import { ALONG, NOUN, type Target } from "../lib/target";

/** Ids whose spans are counted before they go; for more the question would be too long. */
const MOST_COUNTED = 100;

/** Asks before rows are deleted, and says what goes with them. */
export function DeleteDialog({
  projectId,
  entity,
  target,
  count,
  onClose,
  onDelete,
}: {
  projectId: string;
  entity: EntityType;
  target: Target;
  count: number | undefined;
  onClose: () => void;
  onDelete: () => Promise<unknown>;
}) {
  const [one, many] = NOUN[entity];
  const noun = `${formatNumber(count)} ${count === 1 ? one : many}`;
  const ids = entity === "trace" && target.kind === "ids" ? target.ids : [];
  const spans = useQuery({
    ...summaryQuery(projectId, {
      entity: "span",
      query: `trace_id:(${ids.join(", ")})`,
      hidden: true,
    }),
    enabled: ids.length > 0 && ids.length <= MOST_COUNTED,
  });
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete ${noun}?`}
      confirm={`Delete ${noun}`}
      onConfirm={onDelete}
    >
      <p>
        {spans.data ? `They have ${formatNumber(spans.data.count)} spans. ` : ""}
        {ALONG[entity]} This cannot be undone.
      </p>
      {target.kind === "all" && (
        <p className="mt-2 text-muted-foreground">
          {target.slice.query ? (
            <>
              This is all that matches{" "}
              <code className="rounded-sm bg-muted px-1 font-mono text-sm">
                {target.slice.query}
              </code>{" "}
              in the chosen period.
            </>
          ) : (
            "This is everything in the chosen period."
          )}{" "}
          What comes in from now on stays.
        </p>
      )}
    </ConfirmDialog>
  );
}
