import { useCallback, useEffect, useRef, useState } from "react";
import { messageOf } from "@/api/errors";

export type SaveState =
  | { state: "idle" | "waiting" | "saving" | "saved" }
  | { state: "failed"; error: string };

const SETTLE_MS = 500;
const SAVED_MS = 2500;

/**
 * Saves what is put after a short rest, one at a time, the latest last. What still waits when the
 * component goes is saved at once. `save` belongs to what it was put for: a later one does not replace it.
 */
export function useAutosave() {
  const [status, setStatus] = useState<SaveState>({ state: "idle" });
  const next = useRef<(() => Promise<unknown>) | null>(null);
  const isSaving = useRef(false);
  const failed = useRef<(() => Promise<unknown>) | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const run = useCallback(async () => {
    clearTimeout(timer.current);
    const save = next.current;
    if (isSaving.current || !save) return;
    next.current = null;
    isSaving.current = true;
    setStatus({ state: "saving" });
    try {
      await save();
      failed.current = null;
      setStatus({ state: "saved" });
      timer.current = setTimeout(() => setStatus({ state: "idle" }), SAVED_MS);
    } catch (error) {
      failed.current = save;
      setStatus({ state: "failed", error: messageOf(error) });
    } finally {
      isSaving.current = false;
    }
    if (next.current) await run();
  }, []);

  const put = useCallback(
    (save: () => Promise<unknown>, when: "soon" | "now" = "soon") => {
      next.current = save;
      if (when === "now") return void run();
      clearTimeout(timer.current);
      timer.current = setTimeout(run, SETTLE_MS);
      if (!isSaving.current) setStatus({ state: "waiting" });
    },
    [run],
  );

  const retry = useCallback(() => {
    if (failed.current) put(failed.current, "now");
  }, [put]);

  useEffect(() => () => void run(), [run]);

  return { status, put, flush: run, retry };
}
