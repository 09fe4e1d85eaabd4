/** A name keeps its colour everywhere: in tables, charts and chips. */

const COLORS = 7;

/** Returns the number of the chart colour that belongs to a name, from 1. */
export function colorIndexOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  return ((hash >>> 0) % COLORS) + 1;
}

/** The colour as CSS: `var(--chart-3)`. */
export const colorOf = (name: string): string => `var(--chart-${colorIndexOf(name)})`;
