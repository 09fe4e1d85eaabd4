import type { RowSource } from "./types";

/** A list that is in memory as a whole, as the table takes it. */
export function arrayRows<T>(list: readonly T[], idOf: (row: T) => string): RowSource<T> {
  const places = new Map(list.map((row, i) => [idOf(row), i]));
  return {
    count: list.length,
    at: (index) => list[index],
    idAt: (index) => {
      const row = list[index];
      return row === undefined ? undefined : idOf(row);
    },
    indexOf: (id) => places.get(id) ?? -1,
  };
}
