import { useCallback, useMemo } from "react";
import { useStored } from "@/hooks/use-stored";
import { DENSITIES, type Density } from "./types";

/** How a person likes a table: widths in px, columns that stay at the left, height of rows, columns last chosen. */
export type TableView = {
  widths: Readonly<Record<string, number>>;
  pinned: readonly string[];
  density: Density;
  /** Null: the table's own choice. */
  shown: readonly string[] | null;
};

const PLAIN: TableView = { widths: {}, pinned: [], density: "s", shown: null };

/** Reads what was stored, perhaps by an older version: what is not as it should be is left out. */
export function readView(stored: unknown, defaults: Partial<TableView> = {}): TableView {
  const found = (typeof stored === "object" && stored !== null ? stored : {}) as Record<
    string,
    unknown
  >;
  const view = { ...PLAIN, ...defaults };
  return {
    widths: Object.fromEntries(
      Object.entries((found.widths as object | undefined) ?? {}).filter(
        (entry): entry is [string, number] =>
          typeof entry[1] === "number" && Number.isFinite(entry[1]),
      ),
    ),
    pinned: texts(found.pinned) ?? view.pinned,
    density: DENSITIES.find((d) => d === found.density) ?? view.density,
    shown: texts(found.shown) ?? view.shown,
  };
}

function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((v): v is string => typeof v === "string") : undefined;
}

/** Keeps a table's view under a name on this computer. The name may not change while the table is shown. */
export function useTableView(
  name: string,
  defaults?: Partial<TableView>,
): [TableView, (patch: Partial<TableView>) => void] {
  const [stored, setStored] = useStored<unknown>(`table.${name}`, null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: defaults are constants of the caller
  const view = useMemo(() => readView(stored, defaults), [stored]);
  const change = useCallback(
    (patch: Partial<TableView>) => setStored({ ...view, ...patch }),
    [view, setStored],
  );
  return [view, change];
}
