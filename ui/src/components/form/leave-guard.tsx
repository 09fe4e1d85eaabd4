import { useBlocker } from "@tanstack/react-router";
import { Button } from "@/components/ui/button";
import { Dialog, DialogButtons } from "@/components/ui/dialog";

/** Asks before changes are lost, within the app and when the window is closed. */
export function LeaveGuard({ isDirty }: { isDirty: () => boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: isDirty,
    enableBeforeUnload: isDirty,
    withResolver: true,
  });
  if (blocker.status !== "blocked") return null;
  return (
    <Dialog open onOpenChange={(open) => !open && blocker.reset()} title="Leave without saving?">
      What you changed here is not saved, and would be lost.
      <DialogButtons>
        <Button variant="primary" onClick={blocker.reset}>
          Stay
        </Button>
        <Button variant="danger" onClick={blocker.proceed}>
          Leave
        </Button>
      </DialogButtons>
    </Dialog>
  );
}
