import { Scissors } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/states";
import { formatBytes } from "@/lib/format";
import type { PayloadView } from "./use-payload";

/** Says that a payload is cut, and loads the rest; nothing for a whole one. */
export function PayloadNote({ payload, what }: { payload: PayloadView; what: string }) {
  const { isCut, size, load } = payload;
  if (!isCut && load.state === "idle") return null;
  if (load.state === "loading") {
    const isRead = load.bytes >= size;
    return (
      <div className="flex items-center gap-3 bg-surface px-4 py-1.5 text-sm">
        <span className="whitespace-nowrap tabular">
          {isRead ? "Reading" : `${formatBytes(load.bytes)} of ${formatBytes(size)}`}
        </span>
        <Progress label={`Loading the ${what}`} done={load.bytes} total={isRead ? null : size} />
        <Button size="sm" onClick={payload.stop}>
          Stop
        </Button>
      </div>
    );
  }
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 bg-surface px-4 py-1.5 text-sm">
      <Scissors aria-hidden className="size-3.5 text-muted-foreground" />
      {load.state === "failed" ? (
        <span role="alert" className="text-danger">
          {load.error}
        </span>
      ) : (
        <span className="text-muted-foreground">
          Only the beginning of the {what} is shown: it is long.
        </span>
      )}
      <Button size="sm" onClick={payload.loadAll}>
        {load.state === "failed" ? "Try again" : `Load all (${formatBytes(size)})`}
      </Button>
    </div>
  );
}
