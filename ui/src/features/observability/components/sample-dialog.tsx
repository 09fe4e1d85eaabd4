import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogButtons } from "@/components/ui/dialog";
import { ErrorState, Spinner } from "@/components/ui/states";
import { sendSample } from "../api/trials";
import type { Destination } from "../api/types";
import { OutcomeView } from "./outcome-view";

/** Sends a test trace at once and shows what came of it. */
export function SampleDialog({
  destination,
  onClose,
}: {
  destination: Destination;
  onClose: () => void;
}) {
  const { mutate, data, error, isPending } = useMutation({ mutationFn: sendSample });
  const { id, name } = destination;
  const sent = useRef(false);
  useEffect(() => {
    if (!sent.current) mutate(id);
    sent.current = true;
  }, [mutate, id]);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Test trace"
      description={`One trace that says that it is a sample, sent to ${name}.`}
    >
      {data && !isPending ? (
        <OutcomeView outcome={data} passed="Delivered" />
      ) : error ? (
        <ErrorState error={error} className="p-2" />
      ) : (
        <div className="flex items-center gap-2 text-muted-foreground">
          <Spinner label="Sending" /> Sending…
        </div>
      )}
      <DialogButtons>
        <Button disabled={isPending} onClick={() => mutate(id)}>
          Send another
        </Button>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogButtons>
    </Dialog>
  );
}
