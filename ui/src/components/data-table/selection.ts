/** Which rows are selected: some by id, or all that match the page's question. */
export type Selection = { ids: ReadonlySet<string>; all: boolean };

export const NOTHING: Selection = { ids: new Set(), all: false };

export const isSelected = (selection: Selection, id: string): boolean =>
  selection.all || selection.ids.has(id);

export const isEmpty = (selection: Selection): boolean =>
  !selection.all && selection.ids.size === 0;

/**
 * Turns one row on or off. Of "all that match" no single row can be taken out: what is then left are
 * the `loaded` ones but that.
 */
export function toggleRow(
  selection: Selection,
  id: string,
  loaded: () => Iterable<string>,
): Selection {
  const ids = new Set(selection.all ? loaded() : selection.ids);
  if (selection.all || ids.has(id)) ids.delete(id);
  else ids.add(id);
  return { ids, all: false };
}

/** Adds rows, or takes them away. */
export function setRows(selection: Selection, ids: Iterable<string>, on: boolean): Selection {
  const next = new Set(selection.ids);
  for (const id of ids) {
    if (on) next.add(id);
    else next.delete(id);
  }
  return { ids: next, all: false };
}

/** Returns the ids of the places between two, both included, in any order; places not loaded are passed over. */
export function idsBetween(
  idAt: (index: number) => string | undefined,
  from: number,
  to: number,
): string[] {
  const found: string[] = [];
  for (let i = Math.min(from, to); i <= Math.max(from, to); i++) {
    const id = idAt(i);
    if (id !== undefined) found.push(id);
  }
  return found;
}

export type Ticked = boolean | "indeterminate";

/** How the checkbox of the header stands. */
export function tickOf(
  selection: Selection,
  idAt: (index: number) => string | undefined,
  count: number,
): Ticked {
  if (selection.all) return true;
  if (selection.ids.size === 0) return false;
  for (let i = 0; i < count; i++) {
    const id = idAt(i);
    if (id !== undefined && !selection.ids.has(id)) return "indeterminate";
  }
  return true;
}
