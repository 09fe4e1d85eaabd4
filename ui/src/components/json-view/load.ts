import { send } from "@/api/client";
import type { DocState } from "./doc";
import { WorkerDoc } from "./worker-doc";
import type { FromWorker, ToWorker } from "./worker-messages";

/**
 * Streams a JSON text of any size into a worker, which parses it: the page stays free all the time.
 * `onProgress` hears the bytes received. Throws `ApiError`, or an error that says why it is no JSON.
 */
export async function loadInWorker(
  path: string,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<WorkerDoc> {
  const worker = new Worker(new URL("./json-worker.ts", import.meta.url), { type: "module" });
  try {
    const first = firstState(worker);
    // Whoever waits for it comes later; until then a failure is nobody's.
    first.catch(() => {});
    const response = await send("GET", path, { signal });
    const reader = response.body?.getReader();
    let received = 0;
    for (;;) {
      const piece = await reader?.read();
      if (!piece || piece.done) break;
      received += piece.value.byteLength;
      onProgress(received);
      const message: ToWorker = { do: "bytes", bytes: piece.value };
      worker.postMessage(message, [piece.value.buffer]);
    }
    worker.postMessage({ do: "parse" } satisfies ToWorker);
    const state = await Promise.race([first, whenAborted(signal)]);
    return new WorkerDoc(worker, state);
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

/** Fails when it is aborted: parsing cannot be interrupted, but nobody waits for it then. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Waits until the worker has parsed what it got. */
function firstState(worker: Worker): Promise<DocState> {
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => reject(new Error(event.message || "The reader failed"));
    worker.addEventListener("message", (event: MessageEvent<FromWorker>) => {
      if (event.data.kind === "state") resolve(event.data.state);
      if (event.data.kind === "failed") reject(new Error(event.data.message));
    });
  });
}
