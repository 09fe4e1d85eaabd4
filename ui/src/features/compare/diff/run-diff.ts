import { type DiffTask, diffPayloads } from "./diff-payloads";
import type { TextDiff } from "./text-diff";

// Characters that are compared in the blink of an eye.
const SMALL = 60_000;

/** Compares two payloads, large ones in a worker. Throws when it is aborted. */
export async function runDiff(task: DiffTask, signal: AbortSignal): Promise<TextDiff> {
  if ((task.before?.length ?? 0) + (task.after?.length ?? 0) <= SMALL) return diffPayloads(task);
  const worker = new Worker(new URL("./diff-worker.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise<TextDiff>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker.onerror = (event) => reject(new Error(event.message || "The comparison failed"));
      worker.onmessage = (event: MessageEvent<TextDiff>) => resolve(event.data);
      worker.postMessage(task);
    });
  } finally {
    worker.terminate();
  }
}
