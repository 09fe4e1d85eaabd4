import { useQueryClient } from "@tanstack/react-query";
import { ConfirmDialog } from "@/components/ui/dialog";
import { formatNumber } from "@/lib/format";
import { deleteDestination } from "../api/destinations";
import { overviewQuery } from "../api/overview";
import type { Destination } from "../api/types";

export function DeleteDialog({
  destination,
  onClose,
  onDeleted,
}: {
  destination: Destination;
  onClose: () => void;
  onDeleted?: (() => void) | undefined;
}) {
  const client = useQueryClient();
  const waiting = destination.waiting;
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete ${destination.name}?`}
      confirm="Delete destination"
      onConfirm={async () => {
        await deleteDestination(destination.id);
        client.setQueryData(overviewQuery().queryKey, (known) =>
          known
            ? { ...known, content: known.content.filter((one) => one.id !== destination.id) }
            : known,
        );
        onDeleted?.();
        await client.invalidateQueries({ queryKey: overviewQuery().queryKey });
      }}
    >
      {waiting > 0 &&
        `${formatNumber(waiting)} ${waiting === 1 ? "call that waits is" : "calls that wait are"} not sent any more. `}
      Its figures and failures go too. What was delivered stays where it is. This cannot be taken
      back.
    </ConfirmDialog>
  );
}
