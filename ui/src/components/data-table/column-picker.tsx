import { useVirtualizer } from "@tanstack/react-virtual";
import { Columns3, GripVertical, Pin, PinOff, RotateCcw } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { cn } from "@/lib/cn";
import {
  DRAGGED,
  hiddenGroups,
  matches,
  moveColumnBy,
  moveColumnTo,
  toggleColumn,
} from "./column-model";
import { type DataColumn, SECTION_LABEL } from "./types";

export type ColumnPickerProps<T> = {
  columns: readonly DataColumn<T>[];
  shown: readonly string[];
  onShown: (shown: readonly string[]) => void;
  pinned: readonly string[];
  onPinned: (pinned: readonly string[]) => void;
  onReset: () => void;
};

/** Shows and hides columns, orders and pins them. */
export function ColumnPicker<T>(props: ColumnPickerProps<T>) {
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button variant="ghost" size="sm">
          <Columns3 /> Columns
        </Button>
      </PopoverTrigger>
      <PopoverContent
        align="end"
        aria-label="Columns"
        className="flex w-80 flex-col overflow-hidden p-0"
      >
        <Picker {...props} />
      </PopoverContent>
    </Popover>
  );
}

type Item<T> =
  | { kind: "label"; text: string }
  | { kind: "column"; column: DataColumn<T>; isShown: boolean };

const ITEM_HEIGHT = 28;

function Picker<T>(props: ColumnPickerProps<T>) {
  const { columns, shown, onShown, pinned, onPinned } = props;
  const [text, setText] = useState("");
  const [list, setList] = useState<HTMLDivElement | null>(null);
  const moved = useRef<string>(undefined);
  const items = useMemo(() => {
    const byId = new Map(columns.map((c) => [c.id, c]));
    const visible = shown.flatMap((id) => {
      const column = byId.get(id);
      return column && matches(column, text) ? [column] : [];
    });
    const found: Item<T>[] = [];
    if (visible.length > 0) found.push({ kind: "label", text: "Shown" });
    for (const column of visible) found.push({ kind: "column", column, isShown: true });
    for (const group of hiddenGroups(columns, shown, text)) {
      found.push({ kind: "label", text: SECTION_LABEL[group.section] });
      for (const column of group.columns) found.push({ kind: "column", column, isShown: false });
    }
    return found;
  }, [columns, shown, text]);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => list,
    estimateSize: () => ITEM_HEIGHT,
    overscan: 6,
    getItemKey: (i) => {
      const item = items[i];
      return item?.kind === "column" ? `c:${item.column.id}` : `l:${item?.text}`;
    },
  });

  const onKeyDown = (event: KeyboardEvent, id: string) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    moved.current = id;
    onShown(moveColumnBy(shown, id, event.key === "ArrowUp" ? -1 : 1));
  };

  return (
    <>
      <div className="border-b border-border p-2">
        <Input
          autoFocus
          type="search"
          aria-label="Find a column"
          placeholder="Find a column…"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <div ref={setList} className="max-h-96 min-h-0 overflow-y-auto p-1">
        <ul className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((at) => {
            const item = items[at.index];
            if (!item) return null;
            const style = { height: ITEM_HEIGHT, transform: `translateY(${at.start}px)` };
            if (item.kind === "label") {
              return (
                <li
                  key={at.key}
                  className="absolute inset-x-0 top-0 flex items-end px-2 pb-1 text-xs font-medium text-muted-foreground"
                  style={style}
                >
                  {item.text}
                </li>
              );
            }
            const { column, isShown } = item;
            const isPinned = pinned.includes(column.id);
            return (
              <li
                key={at.key}
                style={style}
                draggable={isShown}
                onDragStart={(event) => {
                  event.dataTransfer.setData(DRAGGED, column.id);
                  event.dataTransfer.effectAllowed = "move";
                }}
                onDragOver={(event) => {
                  if (isShown && event.dataTransfer.types.includes(DRAGGED)) event.preventDefault();
                }}
                onDrop={(event) =>
                  onShown(moveColumnTo(shown, event.dataTransfer.getData(DRAGGED), column.id))
                }
                className="group absolute inset-x-0 top-0 flex items-center gap-1 rounded-sm px-1 hover:bg-muted focus-within:bg-muted"
              >
                <GripVertical
                  aria-hidden
                  className={cn(
                    "size-3.5 shrink-0 text-muted-foreground",
                    isShown ? "cursor-grab" : "invisible",
                  )}
                />
                <label className="flex h-full min-w-0 flex-1 items-center gap-2">
                  <input
                    type="checkbox"
                    className="size-3.5 shrink-0 accent-primary"
                    checked={isShown}
                    aria-keyshortcuts={isShown ? "Alt+ArrowUp Alt+ArrowDown" : undefined}
                    ref={(box) => {
                      if (box && moved.current === column.id) {
                        moved.current = undefined;
                        box.focus();
                      }
                    }}
                    onKeyDown={(event) => isShown && onKeyDown(event, column.id)}
                    onChange={() => onShown(toggleColumn(shown, column.id))}
                  />
                  <span className="truncate" title={column.help ?? column.label}>
                    {column.label}
                  </span>
                </label>
                {isShown && (
                  <Button
                    variant="ghost"
                    size="icon-sm"
                    aria-label={`${isPinned ? "Unpin" : "Pin"} ${column.label}`}
                    aria-pressed={isPinned}
                    className={cn(
                      "opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 aria-pressed:text-primary aria-pressed:opacity-100",
                    )}
                    onClick={() =>
                      onPinned(
                        isPinned ? pinned.filter((id) => id !== column.id) : [...pinned, column.id],
                      )
                    }
                  >
                    {isPinned ? <PinOff /> : <Pin />}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
        {items.length === 0 && (
          <p className="p-2 text-muted-foreground">No column has “{text.trim()}” in its name.</p>
        )}
      </div>
      <div className="flex items-center justify-between gap-2 border-t border-border p-1.5 pl-3 text-xs text-muted-foreground">
        Drag, or Alt ↑ ↓, to move
        <Button variant="ghost" size="sm" onClick={props.onReset}>
          <RotateCcw /> Reset
        </Button>
      </div>
    </>
  );
}
