import { PartView } from "@/components/messages/part-view";
import type { Part } from "@/components/messages/types";
import { Dialog } from "@/components/ui/dialog";

/** The picture, sound or file that a text of a payload stands for. */
export function MediaDialog({ part, onClose }: { part: Part | null; onClose: () => void }) {
  return (
    <Dialog
      open={part !== null}
      onOpenChange={(open) => !open && onClose()}
      title="File in the payload"
      className="w-[min(56rem,calc(100vw-2rem))]"
    >
      {part && <PartView part={part} />}
    </Dialog>
  );
}
