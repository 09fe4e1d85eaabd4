/** Holds a large JSON value away from the page: reads it, searches it, and sends the rows that are looked at. */

import { LocalDoc } from "./doc";
import { parseJson } from "./json-text";
import type { FromWorker, ToWorker } from "./worker-messages";

const decoder = new TextDecoder();
let pieces: string[] = [];
let doc: LocalDoc | null = null;
let searches = 0;

const tell = (message: FromWorker): void => postMessage(message);

addEventListener("message", (event: MessageEvent<ToWorker>) => {
  const asked = event.data;
  if (asked.do === "bytes") pieces.push(decoder.decode(asked.bytes, { stream: true }));
  else if (asked.do === "parse") parse();
  else if (doc) answer(doc, asked);
});

function parse(): void {
  try {
    const text = pieces.join("") + decoder.decode();
    pieces = [];
    doc = new LocalDoc(parseJson(text));
    tell({ kind: "ready" });
    tellState(doc);
  } catch (error) {
    tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
}

const tellState = (from: LocalDoc): void => tell({ kind: "state", state: from.state() });

function answer(held: LocalDoc, asked: ToWorker): void {
  switch (asked.do) {
    case "rows": {
      const rows = held.rows(asked.start, asked.end);
      tell({ kind: "rows", start: asked.start, version: held.state().version, rows });
      return;
    }
    case "pointer":
      held.pointer(asked.path).then((value) => tell({ kind: "answer", ask: asked.ask, value }));
      return;
    case "text":
      held.text(asked.path).then((value) => tell({ kind: "answer", ask: asked.ask, value }));
      return;
    case "find":
      searches += 1;
      held.begin(asked.term);
      pursue(held, searches);
      return;
    case "toggle":
      held.toggle(asked.path);
      break;
    case "openAll":
      held.openAll();
      break;
    case "closeAll":
      held.closeAll();
      break;
    case "wrap":
      held.wrap(asked.columns);
      break;
    case "step":
      held.step(asked.by);
      break;
  }
  tellState(held);
}

/** Searches in pieces, so that a newer question or a scroll is heard in between. */
function pursue(held: LocalDoc, search: number): void {
  if (search !== searches) return;
  const done = held.pursue();
  if (done && held.state().search.total > 0) held.step(1);
  tellState(held);
  if (!done) setTimeout(() => pursue(held, search));
}
