import type { DocState } from "./doc";
import type { JsonRow, Path } from "./row";

/** What the page asks of the worker. Bytes come in pieces; `parse` says that they are all there. */
export type ToWorker =
  | { do: "bytes"; bytes: Uint8Array }
  | { do: "parse" }
  | { do: "rows"; start: number; end: number }
  | { do: "toggle"; path: Path }
  | { do: "openAll" }
  | { do: "closeAll" }
  | { do: "wrap"; columns: number }
  | { do: "find"; term: string }
  | { do: "step"; by: 1 | -1 }
  | { do: "pointer"; path: Path; ask: number }
  | { do: "text"; path: Path; ask: number };

export type FromWorker =
  | { kind: "ready" }
  | { kind: "failed"; message: string }
  | { kind: "state"; state: DocState }
  | { kind: "rows"; start: number; version: number; rows: JsonRow[] }
  | { kind: "answer"; ask: number; value: unknown };
