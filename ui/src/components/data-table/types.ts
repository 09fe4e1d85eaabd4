import type { ReactNode } from "react";

export const DENSITIES = ["s", "m", "l"] as const;
export type Density = (typeof DENSITIES)[number];
/** Heights in px: one, two and four lines of text. */
export const ROW_HEIGHT: Record<Density, number> = { s: 28, m: 44, l: 80 };

export const SECTIONS = ["base", "scores", "usage", "metadata"] as const;
export type Section = (typeof SECTIONS)[number];
export const SECTION_LABEL: Record<Section, string> = {
  base: "Other columns",
  scores: "Feedback scores",
  usage: "Usage",
  metadata: "Metadata",
};

/** A column that a table can show. Keep the list stable: a new list draws every cell anew. */
export type DataColumn<T> = {
  id: string;
  label: string;
  section?: Section;
  /** px, until somebody drags it. */
  width: number;
  minWidth?: number;
  /** Takes a share of the room that the others leave, and is no narrower than `width`. */
  grow?: boolean;
  align?: "right";
  /** What the server sorts by; without it the header does not sort. */
  sort?: string;
  /** Numbers and times begin with the largest, names with the first. */
  sortFirst?: "asc" | "desc";
  help?: string;
  /** CSS colour of what the column is about: a mark in the header, and its bars. */
  color?: string;
  /** Names the row for screen readers. One column of a table. */
  isRowHeader?: boolean;
  /** Draws a bar behind the cell; its full length is `bars[id]` of the table. */
  bar?: (row: T) => number | null | undefined;
  render: (row: T, density: Density) => ReactNode;
};

/** Rows by their place. They may be many more than are in memory. */
export type RowSource<T> = {
  /** Places that can be scrolled to. */
  count: number;
  /** Undefined while the row is not here: a skeleton is drawn. */
  at: (index: number) => T | undefined;
  idAt: (index: number) => string | undefined;
  indexOf: (id: string) => number;
  /** Is told which places are on screen. */
  onRange?: (first: number, last: number) => void;
};
