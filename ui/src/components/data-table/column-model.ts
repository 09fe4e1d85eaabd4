/** What a table shows, in which order and how wide: pure functions on ids of columns. */

import { type DataColumn, SECTIONS, type Section } from "./types";

/** The type under which a dragged column travels. */
export const DRAGGED = "application/x-sightline-column";
export const MIN_WIDTH = 48;
export const MAX_WIDTH = 1200;

/** Writes ids for a URL. A name may hold a comma: that is escaped, as is the sign that escapes. */
export const encodeColumns = (ids: readonly string[]): string =>
  ids.map((id) => id.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");

export const decodeColumns = (text: string): string[] => [
  ...new Set(
    text
      .split(",")
      .map((part) => part.replaceAll(/%2c/gi, ",").replaceAll("%25", "%"))
      .filter(Boolean),
  ),
];

export const toggleColumn = (shown: readonly string[], id: string): string[] =>
  shown.includes(id) ? shown.filter((other) => other !== id) : [...shown, id];

/** Puts a column at the place of another: before it when it comes from behind, else after it. */
export function moveColumnTo(
  shown: readonly string[],
  id: string,
  target: string,
): readonly string[] {
  const from = shown.indexOf(id);
  const to = shown.indexOf(target);
  if (from < 0 || to < 0 || from === to) return shown;
  const next = shown.filter((other) => other !== id);
  next.splice(to, 0, id);
  return next;
}

/** Moves a column by one place; it stays at the ends. */
export function moveColumnBy(shown: readonly string[], id: string, by: 1 | -1): readonly string[] {
  const target = shown[shown.indexOf(id) + by];
  return target === undefined || !shown.includes(id) ? shown : moveColumnTo(shown, id, target);
}

export const clampWidth = (width: number, min = MIN_WIDTH): number =>
  Math.round(Math.min(MAX_WIDTH, Math.max(min, width)));

/** Returns what a click on a header asks for next: its first direction, the other one, the table's own order. */
export function nextSort(
  current: string | undefined,
  field: string,
  first: "asc" | "desc" = "asc",
): string | undefined {
  const asc = field;
  const desc = `-${field}`;
  const [one, two] = first === "asc" ? [asc, desc] : [desc, asc];
  if (current === one) return two;
  return current === two ? undefined : one;
}

export function directionOf(
  sort: string | undefined,
  field: string | undefined,
): "ascending" | "descending" | undefined {
  if (!field || !sort) return undefined;
  if (sort === field) return "ascending";
  return sort === `-${field}` ? "descending" : undefined;
}

/**
 * Gives the room that is left to the columns that grow, unless somebody gave them a width. Returns all
 * widths that differ from the columns' own.
 */
export function fitWidths<T>(
  columns: readonly DataColumn<T>[],
  shown: readonly string[],
  widths: Readonly<Record<string, number>>,
  room: number,
): Readonly<Record<string, number>> {
  const isShown = new Set(shown);
  const growing = columns.filter((c) => c.grow && isShown.has(c.id) && !(c.id in widths));
  if (growing.length === 0) return widths;
  let taken = 0;
  for (const c of columns) if (isShown.has(c.id)) taken += widths[c.id] ?? c.width;
  const more = Math.floor((room - taken) / growing.length);
  if (more <= 0) return widths;
  return { ...widths, ...Object.fromEntries(growing.map((c) => [c.id, c.width + more])) };
}

export type PickerGroup<T> = { section: Section; columns: DataColumn<T>[] };

/** The columns that are not shown, by section, of those whose name holds the text. */
export function hiddenGroups<T>(
  columns: readonly DataColumn<T>[],
  shown: readonly string[],
  text: string,
): PickerGroup<T>[] {
  const isShown = new Set(shown);
  const groups = SECTIONS.map((section) => ({
    section,
    columns: columns.filter(
      (c) => (c.section ?? "base") === section && !isShown.has(c.id) && matches(c, text),
    ),
  }));
  return groups.filter((group) => group.columns.length > 0);
}

export function matches<T>(column: DataColumn<T>, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return (
    wanted === "" ||
    column.label.toLowerCase().includes(wanted) ||
    column.id.toLowerCase().includes(wanted)
  );
}
