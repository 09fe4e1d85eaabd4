/** Compares large payloads away from the page. */

import { type DiffTask, diffPayloads } from "./diff-payloads";

self.addEventListener("message", (event: MessageEvent<DiffTask>) => {
  self.postMessage(diffPayloads(event.data));
});
