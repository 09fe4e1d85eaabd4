import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type RefObject, useEffect, useId, useRef, useState } from "react";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { cn } from "@/lib/cn";

export type TreeListProps = {
  label: string;
  /** Rows shown; a row is meant by its place among them. */
  count: number;
  rowHeight: number;
  /** Place of the chosen row; -1 if it is not shown. */
  selected: number;
  /** Changes when another row is chosen, and then brings it into view. */
  selectedKey: string;
  /** From 1 at the top. */
  levelAt: (place: number) => number;
  /** Null for a row that has nothing below. */
  openAt: (place: number) => boolean | null;
  parentAt: (place: number) => number;
  onSelect: (place: number) => void;
  onToggle: (place: number, open: boolean) => void;
  /** A row is clicked, or Enter pressed on the chosen one: a page may go on to its details. */
  onOpen?: ((how: "click" | "enter") => void) | undefined;
  children: (place: number, selected: boolean) => ReactNode;
  /** Drawn over the rows, from one place to another; it scrolls with them. */
  over?: ((first: number, last: number) => ReactNode) | undefined;
  scrollRef?: RefObject<HTMLDivElement | null> | undefined;
  className?: string;
};

const OVERSCAN = 8;
// Rows that scroll out are drawn anew as those that come in, in so many elements at least.
const POOL = 64;

/** Rows of a tree, of which only those on screen are drawn; with the keys of a tree while it has the focus. */
export function TreeList(props: TreeListProps) {
  const { count, rowHeight, selected, levelAt, openAt, onSelect, onToggle } = props;
  const ownRef = useRef<HTMLDivElement>(null);
  const ref = props.scrollRef ?? ownRef;
  const id = useId();
  const [focused, setFocused] = useState(false);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => ref.current,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    // A first guess, so that the first paint has rows before the element was measured.
    initialRect: { width: 400, height: 800 },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: folding moves the chosen row but is no reason to scroll
  useEffect(() => {
    if (selected >= 0) virtual.scrollToIndex(selected, { align: "auto" });
  }, [props.selectedKey]);

  useTreeKeys(props, focused, () =>
    Math.max(1, Math.floor((ref.current?.clientHeight ?? 0) / rowHeight) - 1),
  );

  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;
  const pool = Math.ceil(items.length / POOL) * POOL;
  const place = (event: { target: EventTarget }): number => {
    const row = event.target instanceof Element ? event.target.closest("[data-place]") : null;
    return row instanceof HTMLElement ? Number(row.dataset.place) : -1;
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are in useTreeKeys
    <div
      ref={ref}
      role="tree"
      aria-label={props.label}
      tabIndex={0}
      aria-activedescendant={
        selected >= first && selected <= last ? `${id}-${selected}` : undefined
      }
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      onClick={(event) => {
        const at = place(event);
        if (at < 0) return;
        const open = openAt(at);
        if (open !== null && (event.target as Element).closest("[data-toggle]"))
          onToggle(at, !open);
        else {
          if (at !== selected) onSelect(at);
          props.onOpen?.("click");
        }
      }}
      onDoubleClick={(event) => {
        const at = place(event);
        const open = at < 0 ? null : openAt(at);
        if (open !== null && !(event.target as Element).closest("[data-toggle]"))
          onToggle(at, !open);
      }}
      className={cn(
        "relative min-h-0 overflow-auto outline-none [contain:strict]",
        props.className,
      )}
      data-focused={focused || undefined}
    >
      <div role="none" className="relative w-full" style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const open = openAt(index);
          const chosen = index === selected;
          return (
            <div
              key={index % pool}
              id={`${id}-${index}`}
              role="treeitem"
              tabIndex={-1}
              data-place={index}
              aria-level={levelAt(index)}
              aria-selected={chosen}
              {...(open === null ? {} : { "aria-expanded": open })}
              className={cn(
                "absolute inset-x-0 top-0",
                chosen ? "bg-selection" : "hover:bg-muted/60",
                chosen && focused && "outline-1 -outline-offset-1 outline-ring",
              )}
              style={{ height: rowHeight, transform: `translateY(${start}px)` }}
            >
              {props.children(index, chosen)}
            </div>
          );
        })}
        {props.over?.(first, last)}
      </div>
    </div>
  );
}

function useTreeKeys(props: TreeListProps, focused: boolean, page: () => number): void {
  const { count, selected, levelAt, openAt, parentAt, onSelect, onToggle } = props;
  const group = props.label;
  const go = (place: number) => {
    const at = Math.max(0, Math.min(count - 1, place));
    if (at !== selected && count > 0) onSelect(at);
  };
  const right = () => {
    const open = selected < 0 ? null : openAt(selected);
    if (open === false) onToggle(selected, true);
    else if (open && selected + 1 < count && levelAt(selected + 1) > levelAt(selected))
      go(selected + 1);
  };
  const left = () => {
    if (selected < 0) return;
    if (openAt(selected)) onToggle(selected, false);
    else if (parentAt(selected) >= 0) go(parentAt(selected));
  };
  const down = { label: "Next row", group, run: () => go(selected + 1) };
  const up = { label: "Previous row", group, run: () => go(selected - 1) };
  useHotkeys(
    [
      { keys: "arrowdown", ...down },
      { keys: "j", ...down },
      { keys: "arrowup", ...up },
      { keys: "k", ...up },
      { keys: "arrowright", label: "Unfold, or go in", group, run: right },
      { keys: "arrowleft", label: "Fold, or go out", group, run: left },
      { keys: "home", label: "First row", group, run: () => go(0) },
      { keys: "end", label: "Last row", group, run: () => go(count - 1) },
      { keys: "pagedown", label: "A page down", group, run: () => go(selected + page()) },
      { keys: "pageup", label: "A page up", group, run: () => go(selected - page()) },
      { keys: "enter", label: "Open the row", group, run: () => props.onOpen?.("enter") },
    ],
    focused,
  );
}
