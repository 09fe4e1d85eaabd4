import type { DocState, JsonDoc } from "./doc";
import type { JsonRow, Path } from "./row";
import type { FromWorker, ToWorker } from "./worker-messages";

/** Rows that are fetched around those on screen, so that scrolling seldom waits. */
const AROUND = 200;

/** A value held in a worker: what is not here yet is shown as empty rows for a moment. */
export class WorkerDoc implements JsonDoc {
  readonly #worker: Worker;
  #state: DocState;
  #rows: { start: number; version: number; rows: JsonRow[] } = { start: 0, version: -1, rows: [] };
  #wanted = "";
  #nextAsk = 1;
  readonly #asks = new Map<number, (value: never) => void>();
  readonly #listeners = new Set<() => void>();

  constructor(worker: Worker, state: DocState) {
    this.#worker = worker;
    this.#state = state;
    worker.addEventListener("message", (event: MessageEvent<FromWorker>) => this.#hear(event.data));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  state = (): DocState => this.#state;

  rows(start: number, end: number): (JsonRow | undefined)[] {
    const last = Math.min(end, this.#state.rows);
    const { start: first, rows } = this.#rows;
    return Array.from({ length: Math.max(0, last - start) }, (_, i) => rows[start + i - first]);
  }

  want(start: number, end: number): void {
    const { start: first, version, rows } = this.#rows;
    const last = Math.min(end, this.#state.rows);
    const isHere = start >= first && last <= first + rows.length;
    const key = `${this.#state.version} ${start} ${end}`;
    if ((isHere && version === this.#state.version) || key === this.#wanted) return;
    this.#wanted = key;
    this.#tell({ do: "rows", start: Math.max(0, start - AROUND), end: end + AROUND });
  }

  toggle = (path: Path): void => this.#tell({ do: "toggle", path });
  openAll = (): void => this.#tell({ do: "openAll" });
  closeAll = (): void => this.#tell({ do: "closeAll" });
  wrap = (columns: number): void => this.#tell({ do: "wrap", columns });
  find = (term: string): void => this.#tell({ do: "find", term });
  step = (by: 1 | -1): void => this.#tell({ do: "step", by });
  pointer = (path: Path): Promise<(string | number)[]> =>
    this.#ask((ask) => ({ do: "pointer", path, ask }));
  text = (path: Path): Promise<string> => this.#ask((ask) => ({ do: "text", path, ask }));

  /** Ends the worker and with it the value's memory. */
  close(): void {
    this.#worker.terminate();
  }

  /** A row that was here stays the same object, so that it is not drawn again. */
  #keep(message: FromWorker & { kind: "rows" }): void {
    const { start, version, rows } = this.#rows;
    const isSame = version === message.version;
    this.#rows = {
      start: message.start,
      version: message.version,
      rows: isSame
        ? message.rows.map((row, i) => rows[message.start + i - start] ?? row)
        : message.rows,
    };
    // A new state, for who draws must hear that rows are here.
    this.#state = { ...this.#state };
  }

  #ask<T>(message: (ask: number) => ToWorker): Promise<T> {
    const ask = this.#nextAsk;
    this.#nextAsk += 1;
    return new Promise((resolve) => {
      this.#asks.set(ask, resolve);
      this.#tell(message(ask));
    });
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromWorker): void {
    if (message.kind === "answer") {
      this.#asks.get(message.ask)?.(message.value as never);
      this.#asks.delete(message.ask);
      return;
    }
    if (message.kind === "state") this.#state = message.state;
    else if (message.kind === "rows") this.#keep(message);
    for (const listener of this.#listeners) listener();
  }
}
