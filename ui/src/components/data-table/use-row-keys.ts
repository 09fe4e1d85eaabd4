import type { RefObject } from "react";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { idsBetween, isEmpty, NOTHING, type Selection, setRows, toggleRow } from "./selection";
import type { RowSource } from "./types";

export type RowKeysOptions<T> = {
  rows: RowSource<T>;
  /** The row that the keys stand on; -1 for none. */
  cursor: number;
  /** Where to begin when they stand on none. */
  firstOnScreen: () => number;
  moveTo: (index: number) => void;
  open: (index: number) => void;
  selection: Selection | undefined;
  onSelectionChange: ((selection: Selection) => void) | undefined;
  /** Where a range begins. */
  anchor: RefObject<number>;
  enabled: boolean;
};

export const loadedIds = <T>(rows: RowSource<T>): string[] =>
  idsBetween(rows.idAt, 0, rows.count - 1);

/**
 * The keys of a table: j and k, o, x, and what goes with Shift. Enter and the arrows belong to the
 * focused grid alone (elsewhere they press buttons and scroll); for them `move` is returned.
 */
export function useRowKeys<T>(options: RowKeysOptions<T>): { move: (by: number) => void } {
  const { rows, cursor, selection, onSelectionChange, anchor } = options;
  const last = rows.count - 1;
  const move = (by: number) => {
    if (last < 0) return;
    const from = cursor < 0 ? options.firstOnScreen() - (by > 0 ? 1 : 0) : cursor;
    let target = Math.max(0, Math.min(last, from + by));
    // A place whose row is still loading cannot be stood on: stay at the nearest that can.
    while (target !== cursor && rows.idAt(target) === undefined && target > 0) target--;
    if (rows.idAt(target) !== undefined) options.moveTo(target);
  };
  const select = (run: (id: string) => Selection) => {
    const id = cursor < 0 ? undefined : rows.idAt(cursor);
    if (id !== undefined) onSelectionChange?.(run(id));
  };
  const extend = (by: 1 | -1) => {
    const next = Math.max(0, Math.min(last, cursor + by));
    if (cursor < 0 || !selection || rows.idAt(next) === undefined) return;
    if (anchor.current < 0) anchor.current = cursor;
    onSelectionChange?.(setRows(selection, idsBetween(rows.idAt, anchor.current, next), true));
    options.moveTo(next);
  };
  const canSelect = selection !== undefined && onSelectionChange !== undefined;
  const group = "Table";

  useHotkeys(
    [
      { keys: "j", label: "Next row", group, run: () => move(1) },
      { keys: "k", label: "Previous row", group, run: () => move(-1) },
      { keys: "g g", label: "First row", group, run: () => move(-rows.count) },
      { keys: "shift+g", label: "Last loaded row", group, run: () => move(rows.count) },
      { keys: "o", label: "Open the row", group, run: () => options.open(cursor) },
    ],
    options.enabled,
  );
  useHotkeys(
    [
      {
        keys: "x",
        label: "Select the row",
        group,
        run: () => {
          anchor.current = cursor;
          select((id) => toggleRow(selection ?? NOTHING, id, () => loadedIds(rows)));
        },
      },
      {
        keys: "shift+x",
        label: "Select up to the row",
        group,
        run: () =>
          select((id) =>
            setRows(
              selection ?? NOTHING,
              anchor.current < 0 ? [id] : idsBetween(rows.idAt, anchor.current, cursor),
              true,
            ),
          ),
      },
      { keys: "shift+j", label: "Select down", group, run: () => extend(1) },
      { keys: "shift+k", label: "Select up", group, run: () => extend(-1) },
      {
        keys: "mod+a",
        label: "Select all loaded rows",
        group,
        run: () => onSelectionChange?.(setRows(NOTHING, loadedIds(rows), true)),
      },
    ],
    options.enabled && canSelect,
  );
  useHotkeys(
    [
      {
        keys: "escape",
        label: "Clear the selection",
        group,
        run: () => onSelectionChange?.(NOTHING),
      },
    ],
    options.enabled && canSelect && !isEmpty(selection),
  );
  return { move };
}
