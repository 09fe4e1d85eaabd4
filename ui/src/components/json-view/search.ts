/** Looks for a text in the keys and values of a JSON value, a piece at a time. */

import type { JsonValue } from "./json-text";
import { GROUP } from "./model";
import type { Path } from "./row";

/** Where it was found: the row, and the place in its text (-1: in its key). */
export type Hit = { path: Path; offset: number };

/** Hits that one can step through; beyond it they are only counted. */
const KEPT = 10_000;
const PIECE = 20_000;

type Frame = {
  value: JsonValue[] | { [key: string]: JsonValue };
  keys: readonly string[] | null;
  length: number;
  next: number;
};

export class JsonSearch {
  readonly hits: Hit[] = [];
  total = 0;
  done: boolean;
  readonly #term: string;
  readonly #stack: Frame[] = [];

  constructor(value: JsonValue, term: string) {
    this.#term = term.toLowerCase();
    this.done = this.#term === "";
    if (this.done) return;
    if (typeof value === "object" && value !== null) this.#stack.push(frameOf(value));
    else {
      this.#look(String(value), (offset) => ({
        path: [],
        offset: typeof value === "string" ? offset : -1,
      }));
      this.done = true;
    }
  }

  /** Looks at some thousand more nodes. */
  step(nodes = PIECE): void {
    for (let left = nodes; left > 0; left -= 1) {
      const frame = this.#stack.at(-1);
      if (!frame) {
        this.done = true;
        return;
      }
      if (frame.next >= frame.length) {
        this.#stack.pop();
        continue;
      }
      const index = frame.next;
      frame.next += 1;
      const key = frame.keys ? (frame.keys[index] as string) : null;
      if (key?.toLowerCase().includes(this.#term))
        this.#add(() => ({ path: this.#path(), offset: -1 }));
      const value = (frame.value as Record<string | number, JsonValue>)[key ?? index] as JsonValue;
      if (typeof value === "object" && value !== null) {
        this.#stack.push(frameOf(value));
      } else if (typeof value === "string") {
        this.#look(value, (offset) => ({ path: this.#path(), offset }));
      } else if (String(value).includes(this.#term)) {
        this.#add(() => ({ path: this.#path(), offset: -1 }));
      }
    }
  }

  #look(text: string, hit: (offset: number) => Hit): void {
    const low = text.toLowerCase();
    let at = low.indexOf(this.#term);
    while (at >= 0) {
      const offset = at;
      this.#add(() => hit(offset));
      at = low.indexOf(this.#term, at + this.#term.length);
    }
  }

  #add(hit: () => Hit): void {
    this.total += 1;
    if (this.hits.length < KEPT) this.hits.push(hit());
  }

  /** The path of the node looked at last: in each frame it is the one before `next`. */
  #path(): number[] {
    const path: number[] = [];
    for (const frame of this.#stack) {
      const index = frame.next - 1;
      if (frame.length > GROUP) path.push(Math.floor(index / GROUP), index % GROUP);
      else path.push(index);
    }
    return path;
  }
}

function frameOf(value: JsonValue[] | { [key: string]: JsonValue }): Frame {
  const keys = Array.isArray(value) ? null : Object.keys(value);
  return { value, keys, length: keys ? keys.length : (value as JsonValue[]).length, next: 0 };
}
