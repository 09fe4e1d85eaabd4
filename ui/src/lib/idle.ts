/** Where the browser cannot tell when it is idle, this long after. */
const FALLBACK_MS = 1_500;

/** Runs something when the page has nothing else to do; returns what takes that back. */
export function whenIdle(run: () => void): () => void {
  if (typeof requestIdleCallback === "function") {
    const id = requestIdleCallback(run, { timeout: 5_000 });
    return () => cancelIdleCallback(id);
  }
  const id = setTimeout(run, FALLBACK_MS);
  return () => clearTimeout(id);
}
