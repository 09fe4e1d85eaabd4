/** What the viewer shows: a JSON value that is held here, or in a worker when it is large. */

import { type JsonValue, writeJson } from "./json-text";
import { JsonModel } from "./model";
import type { JsonRow, Path } from "./row";
import { JsonSearch } from "./search";

export type DocState = {
  rows: number;
  /** Grows when rows may have changed. */
  version: number;
  search: {
    term: string;
    total: number;
    /** The hit stepped to, from 0; -1 before the first. */
    at: number;
    /** Row of that hit when it was stepped to; -1 since rows have moved. */
    row: number;
    /** Grows with each step: then the row comes into view. */
    jumps: number;
    running: boolean;
  };
};

export interface JsonDoc {
  subscribe(listener: () => void): () => void;
  state(): DocState;
  /** Rows from `start` to before `end`; undefined where they are still on their way. */
  rows(start: number, end: number): (JsonRow | undefined)[];
  /** Says which rows are on screen, so that they come. */
  want(start: number, end: number): void;
  toggle(path: Path): void;
  openAll(): void;
  closeAll(): void;
  /** Says how many characters fit across. */
  wrap(columns: number): void;
  find(term: string): void;
  /** Goes to the next hit (1) or the one before (-1), around the ends. */
  step(by: 1 | -1): void;
  /** Names and places that lead to a row. */
  pointer(path: Path): Promise<(string | number)[]>;
  /** A row's value as text to copy; the whole for an empty path. */
  text(path: Path): Promise<string>;
}

const MOST_SEEN = 5000;
const NO_SEARCH: DocState["search"] = {
  term: "",
  total: 0,
  at: -1,
  row: -1,
  jumps: 0,
  running: false,
};

/** A value held in this thread. */
export class LocalDoc implements JsonDoc {
  readonly model: JsonModel;
  #state: DocState;
  #search: JsonSearch | null = null;
  #seen: { version: number; rows: Map<number, JsonRow> } = { version: -1, rows: new Map() };
  readonly #listeners = new Set<() => void>();

  constructor(value: JsonValue) {
    this.model = new JsonModel(value);
    this.#state = { rows: this.model.rowCount, version: 0, search: NO_SEARCH };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  state = (): DocState => this.#state;
  want = (): void => {};

  /** The same row is the same object until something moves, so that a scroll draws only what is new. */
  rows(start: number, end: number): JsonRow[] {
    const { rows, version } = this.#state;
    const last = Math.min(end, rows);
    if (this.#seen.version !== version || this.#seen.rows.size > MOST_SEEN)
      this.#seen = { version, rows: new Map() };
    const seen = this.#seen.rows;
    let fresh: JsonRow[] | undefined;
    const found: JsonRow[] = [];
    for (let index = Math.max(0, start); index < last; index += 1) {
      let row = seen.get(index);
      if (!row) {
        fresh ??= this.model.rows(start, last);
        row = fresh[index - start];
        if (!row) break;
        seen.set(index, row);
      }
      found.push(row);
    }
    return found;
  }

  toggle(path: Path): void {
    this.model.toggle(path);
    this.#moved();
  }
  openAll(): void {
    this.model.openAll();
    this.#moved();
  }
  closeAll(): void {
    this.model.closeAll();
    this.#moved();
  }
  wrap(columns: number): void {
    if (this.model.wrap(columns)) this.#moved();
  }

  find(term: string): void {
    this.begin(term);
    while (!this.pursue());
    if ((this.#search?.hits.length ?? 0) > 0) this.step(1);
  }

  /** Starts a search that `pursue` carries on. */
  begin(term: string): void {
    this.#search = term ? new JsonSearch(this.model.value, term) : null;
    const { jumps } = this.#state.search;
    this.#changed({ ...NO_SEARCH, term, jumps, running: this.#search !== null });
  }

  /** Looks a little further; true when the search is over. */
  pursue(): boolean {
    if (!this.#search) return true;
    this.#search.step();
    const { total, done } = this.#search;
    this.#changed({ ...this.#state.search, total, running: !done });
    return done;
  }

  step(by: 1 | -1): void {
    const hits = this.#search?.hits ?? [];
    if (hits.length === 0) return;
    const from = this.#state.search.at < 0 && by < 0 ? 0 : this.#state.search.at;
    const at = (from + by + hits.length) % hits.length;
    const hit = hits[at];
    if (!hit) return;
    const row = this.model.reveal(hit.path, hit.offset);
    const { search } = this.#state;
    this.#changed({ ...search, at, row, jumps: search.jumps + 1 });
  }

  pointer = async (path: Path): Promise<(string | number)[]> => this.model.find(path).pointer;
  text = async (path: Path): Promise<string> =>
    path.length === 0 && typeof this.model.value !== "string"
      ? writeJson(this.model.value)
      : this.model.text(path);

  #moved(): void {
    this.#changed({ ...this.#state.search, row: -1 });
  }

  #changed(search = this.#state.search): void {
    this.#state = { rows: this.model.rowCount, version: this.#state.version + 1, search };
    for (const listener of this.#listeners) listener();
  }
}
