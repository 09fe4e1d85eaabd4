import { Check, LoaderCircle } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { SaveState } from "./use-autosave";

/** Says how far the saving has come. */
export function SaveMark({ status, onRetry }: { status: SaveState; onRetry: () => void }) {
  return (
    <span
      role="status"
      className="inline-flex h-5 items-center gap-1 text-xs text-muted-foreground"
    >
      {(status.state === "saving" || status.state === "waiting") && (
        <>
          <LoaderCircle aria-hidden className="size-3 animate-spin" />
          Saving
        </>
      )}
      {status.state === "saved" && (
        <>
          <Check aria-hidden className="size-3 text-success" />
          Saved
        </>
      )}
      {status.state === "failed" && (
        <>
          <span className="text-danger" title={status.error}>
            Not saved
          </span>
          <Button size="sm" className="h-5" onClick={onRetry} title={status.error}>
            Try again
          </Button>
        </>
      )}
    </span>
  );
}
