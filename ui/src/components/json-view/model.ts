/** A JSON value as rows of equal height, of which only the opened parts exist. No DOM: it also runs in a worker. */

import { type JsonValue, writeJson } from "./json-text";
import { isBranch, isLong, type JsonRow, loneRow, type Path, valueRow } from "./row";
import { lineAt, lineOf, lineStarts } from "./wrap";

/** Children of larger lists come in groups of this many. */
export const GROUP = 1000;
/** More rows than browsers can scroll through never stand open by one command. */
const MOST_ROWS = 300_000;
const FIRST_ROWS = 150;
const FEW_ROWS = 10;
const FIRST_DEPTH = 4;
const FIRST_TEXT = 2000;
const LEAST_COLUMNS = 24;

/** The opened part of one list, object, group or long text. */
class Branch {
  readonly value: JsonValue[] | { [key: string]: JsonValue } | string;
  readonly keys: readonly string[] | null;
  readonly from: number;
  readonly to: number;
  readonly grouped: boolean;
  readonly columns: number;
  readonly opened = new Map<number, Branch>();
  /** The opened children in order. */
  order: number[] = [];
  /** Rows below this one. */
  below: number;
  starts: number[] = [];

  constructor(
    value: Branch["value"],
    columns: number,
    range?: [number, number],
    keys?: Branch["keys"],
  ) {
    this.value = value;
    this.columns = columns;
    this.keys =
      keys ?? (typeof value === "string" || Array.isArray(value) ? null : Object.keys(value));
    if (typeof value === "string") this.starts = lineStarts(value, columns);
    const length =
      typeof value === "string" ? this.starts.length : (this.keys ?? (value as JsonValue[])).length;
    [this.from, this.to] = range ?? [0, length];
    this.grouped = !range && typeof value !== "string" && length > GROUP;
    this.below = this.count;
  }

  /** Children, opened or not. */
  get count(): number {
    const items = this.to - this.from;
    return this.grouped ? Math.ceil(items / GROUP) : items;
  }

  label(index: number): string | number {
    return this.keys ? (this.keys[index] as string) : index;
  }

  /** The value of the item at `index` of the whole list. */
  item(index: number): JsonValue {
    return this.keys
      ? ((this.value as Record<string, JsonValue>)[this.keys[index] as string] as JsonValue)
      : ((this.value as JsonValue[])[index] as JsonValue);
  }

  groupRange(child: number): [number, number] {
    const from = this.from + child * GROUP;
    return [from, Math.min(from + GROUP, this.to)];
  }

  add(child: number, branch: Branch): void {
    this.opened.set(child, branch);
    const last = this.order.at(-1);
    if (last === undefined || last < child) {
      this.order.push(child);
      return;
    }
    const place = this.order.findIndex((other) => other > child);
    this.order.splice(place, 0, child);
  }

  remove(child: number): void {
    this.opened.delete(child);
    this.order = this.order.filter((other) => other !== child);
  }
}

export class JsonModel {
  readonly value: JsonValue;
  #columns: number;
  #root: Branch | null;
  /** What stands open was chosen here, not by a reader: it may be chosen anew for another width. */
  #isUntouched = true;

  constructor(value: JsonValue, columns = 80) {
    this.value = value;
    this.#columns = columns;
    this.#root = isBranch(value) ? new Branch(value, columns) : null;
    this.#openFirst();
  }

  get rowCount(): number {
    return this.#root ? Math.max(1, this.#root.below) : 1;
  }

  rows(start: number, end: number): JsonRow[] {
    const found: JsonRow[] = [];
    if (this.#root && this.#root.below > 0) this.#collect(this.#root, [], 0, start, end, found);
    else if (start <= 0 && end > 0) found.push(loneRow(this.value));
    return found;
  }

  /** Opens or closes the row of a path. */
  toggle(path: Path): void {
    this.#isUntouched = false;
    this.#toggle(path);
  }

  #toggle(path: Path): void {
    const child = path.at(-1);
    const chain = this.#chain(path);
    const parent = chain.at(-1);
    if (child === undefined || !parent) return;
    const open = parent.opened.get(child);
    if (open) {
      parent.remove(child);
      grow(chain, -open.below);
    } else {
      const branch = this.#branchAt(parent, child, path.length - 1);
      if (!branch) return;
      parent.add(child, branch);
      grow(chain, branch.below);
    }
  }

  /** Opens all, level by level, as far as can be scrolled; says whether that was all. */
  openAll(): boolean {
    this.#isUntouched = false;
    return this.#openLevels(MOST_ROWS, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  /** Closes all but the top level. */
  closeAll(): void {
    this.#isUntouched = false;
    if (!this.#root) return;
    this.#root.opened.clear();
    this.#root.order = [];
    this.#root.below = this.#root.count;
  }

  /** Breaks long texts anew for a width; says whether that changed anything. */
  wrap(columns: number): boolean {
    if (columns === this.#columns) return false;
    this.#columns = columns;
    if (!this.#root) return true;
    if (this.#isUntouched) {
      this.#root = new Branch(this.value as Branch["value"], columns);
      this.#openFirst();
    } else this.#root = this.#rewrap(this.#root, 0);
    return true;
  }

  /** Opens what hides the row of a path, and returns the number of that row. */
  reveal(path: Path, offset = -1): number {
    this.#isUntouched = false;
    let branch = this.#root;
    if (!branch) return 0;
    const chain: Branch[] = [branch];
    let row = 0;
    for (const [depth, child] of path.entries()) {
      row += rowOf(branch as Branch, child);
      if (depth === path.length - 1 && offset < 0) return row;
      let next: Branch | undefined = (branch as Branch).opened.get(child);
      if (!next) {
        next = this.#branchAt(branch as Branch, child, depth) ?? undefined;
        if (!next) return row;
        (branch as Branch).add(child, next);
        grow(chain, next.below);
      }
      chain.push(next);
      branch = next;
      row += 1;
    }
    if (offset >= 0 && typeof branch.value === "string") row += lineAt(branch.starts, offset);
    return row;
  }

  /** Names and places that lead to a row's value, and the value; a line or a group leads to its text or list. */
  find(path: Path): { pointer: (string | number)[]; value: JsonValue } {
    const pointer: (string | number)[] = [];
    let value = this.value;
    let group = -1;
    for (const child of path) {
      if (typeof value !== "object" || value === null) break;
      const keys = Array.isArray(value) ? null : Object.keys(value);
      const length = keys ? keys.length : (value as JsonValue[]).length;
      if (group < 0 && length > GROUP) {
        group = child;
        continue;
      }
      const index = Math.max(0, group) * GROUP + child;
      const name = keys ? (keys[index] as string) : index;
      pointer.push(name);
      value = (value as Record<string | number, JsonValue>)[name] as JsonValue;
      group = -1;
    }
    return { pointer, value };
  }

  /** A row's value as text to copy. */
  text(path: Path): string {
    const { value } = this.find(path);
    return typeof value === "string" ? value : writeJson(value);
  }

  #openFirst(): void {
    if (this.#root?.grouped) this.#toggle([0]);
    else this.#openLevels(FIRST_ROWS, FIRST_DEPTH, FIRST_TEXT);
    this.#openLarge();
  }

  /** A long list that is nearly all there is stands open, though it is more than fits. */
  #openLarge(): void {
    const root = this.#root;
    if (!root || root.grouped || root.below > FEW_ROWS) return;
    for (let child = 0; child < root.count; child += 1) {
      const value = typeof root.value === "string" ? null : root.item(child);
      if (root.opened.has(child) || typeof value !== "object" || value === null) continue;
      this.#toggle([child]);
      return;
    }
  }

  #openLevels(mostRows: number, mostDepth: number, mostText: number): boolean {
    if (!this.#root) return true;
    let level: { branch: Branch; chain: Branch[] }[] = [
      { branch: this.#root, chain: [this.#root] },
    ];
    for (let depth = 0; level.length > 0 && depth < mostDepth; depth += 1) {
      const next: typeof level = [];
      for (const { branch, chain } of level) {
        if (typeof branch.value === "string") continue;
        for (let child = 0; child < branch.count; child += 1) {
          let open = branch.opened.get(child);
          if (!open) {
            const value = branch.grouped ? branch.value : branch.item(branch.from + child);
            if (typeof value === "string" && value.length > mostText) continue;
            const made = this.#branchAt(branch, child, depth);
            if (!made) continue;
            if (this.#root.below + made.below > mostRows) {
              if (mostRows === MOST_ROWS) return false;
              continue;
            }
            branch.add(child, made);
            grow(chain, made.below);
            open = made;
          }
          next.push({ branch: open, chain: [...chain, open] });
        }
      }
      level = next;
    }
    return true;
  }

  #columnsAt(depth: number): number {
    return Math.max(LEAST_COLUMNS, this.#columns - depth * 2);
  }

  /** What opens below a child, or null where nothing does. */
  #branchAt(parent: Branch, child: number, depth: number): Branch | null {
    if (typeof parent.value === "string") return null;
    if (parent.grouped) return groupOf(parent, child);
    const value = parent.item(parent.from + child);
    if (!isBranch(value)) return null;
    const columns = this.#columnsAt(depth + 1);
    if (typeof value === "string" && !isLong(value, columns)) return null;
    const branch = new Branch(value, columns);
    return branch.count > 0 ? branch : null;
  }

  #chain(path: Path): Branch[] {
    const chain: Branch[] = [];
    let branch = this.#root ?? undefined;
    for (const child of path) {
      if (!branch) return [];
      chain.push(branch);
      branch = branch.opened.get(child);
    }
    return chain;
  }

  #rewrap(branch: Branch, depth: number): Branch {
    if (typeof branch.value === "string") return new Branch(branch.value, this.#columnsAt(depth));
    branch.below = branch.count;
    for (const child of [...branch.order]) {
      const fresh = this.#rewrap(branch.opened.get(child) as Branch, depth + 1);
      branch.opened.set(child, fresh);
      branch.below += fresh.below;
    }
    return branch;
  }

  #collect(
    branch: Branch,
    path: Path,
    at: number,
    start: number,
    end: number,
    into: JsonRow[],
  ): void {
    let row = at;
    let child = 0;
    for (let o = 0; child < branch.count && row < end; o += 1) {
      const nextOpen = branch.order[o] ?? branch.count;
      const closed = nextOpen - child;
      for (let k = Math.max(0, start - row); k < closed && row + k < end; k += 1)
        into.push(this.#row(branch, path, child + k, false));
      row += closed;
      child = nextOpen;
      if (child >= branch.count || row >= end) return;
      const open = branch.opened.get(child) as Branch;
      if (row >= start) into.push(this.#row(branch, path, child, true));
      row += 1;
      if (row + open.below > start && row < end)
        this.#collect(open, [...path, child], row, start, end, into);
      row += open.below;
      child += 1;
    }
  }

  #row(branch: Branch, base: Path, child: number, open: boolean): JsonRow {
    const path = [...base, child];
    const depth = base.length;
    if (typeof branch.value === "string") {
      const text = lineOf(branch.value, branch.starts, child);
      return {
        path,
        depth,
        kind: "line",
        label: null,
        text,
        size: text.length,
        expandable: false,
        open: false,
      };
    }
    if (branch.grouped) {
      const [from, to] = branch.groupRange(child);
      const label = branch.keys
        ? `${branch.label(from)} … ${branch.label(to - 1)}`
        : `${from} … ${to - 1}`;
      return {
        path,
        depth,
        kind: "group",
        label,
        text: "",
        size: to - from,
        expandable: true,
        open,
      };
    }
    const index = branch.from + child;
    const value = branch.item(index);
    return {
      path,
      depth,
      label: branch.label(index),
      ...valueRow(value, this.#columnsAt(depth + 1)),
      open,
    };
  }
}

const groupOf = (parent: Branch, child: number): Branch =>
  new Branch(parent.value, parent.columns, parent.groupRange(child), parent.keys);

function grow(chain: readonly Branch[], rows: number): void {
  for (const branch of chain) branch.below += rows;
}

/** Rows of a branch that stand before a child's own. */
function rowOf(branch: Branch, child: number): number {
  let row = child;
  for (const open of branch.order) {
    if (open >= child) break;
    row += (branch.opened.get(open) as Branch).below;
  }
  return row;
}
