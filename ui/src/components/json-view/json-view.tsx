import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { JsonDoc } from "./doc";
import { JsonRowView, ROW_HEIGHT } from "./json-row-view";
import type { JsonRow } from "./row";
import { RowActions, type RowActionsContext } from "./row-actions";
import { scrollerOf, useRowWindow } from "./use-row-window";

const PAGE_ROWS = 20;
/** Room that the arrow, the actions and the padding take, in pixels. */
const GUTTER = 40;

/**
 * A JSON value as a tree, drawn only where it is seen: any number of nodes scrolls smoothly. It has its
 * full height and stands in whatever scrolls around it.
 */
export function JsonView({
  doc,
  label,
  ...context
}: { doc: JsonDoc; label: string } & RowActionsContext) {
  const state = useSyncExternalStore(doc.subscribe, doc.state);
  const list = useRef<HTMLDivElement>(null);
  const ruler = useRef<HTMLSpanElement>(null);
  const id = useId();
  const [active, setActive] = useState(-1);
  const [pointed, setPointed] = useState(-1);
  const { start, end } = useRowWindow(list, state.rows, ROW_HEIGHT);
  useWrap(doc, list, ruler);

  useEffect(() => doc.want(start, end));

  const { jumps, row: hitRow } = state.search;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step brings its row into view once
  useEffect(() => {
    if (jumps > 0 && hitRow >= 0) bringIntoView(list.current, hitRow, "center");
  }, [jumps]);

  const toggle = useCallback(
    (row: JsonRow, index: number) => {
      setActive(index);
      if (row.expandable) doc.toggle(row.path);
    },
    [doc],
  );

  const go = (index: number) => {
    const next = Math.max(0, Math.min(state.rows - 1, index));
    setActive(next);
    bringIntoView(list.current, next, "nearest");
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== list.current || event.metaKey || event.ctrlKey || event.altKey) return;
    const row = doc.rows(active, active + 1)[0];
    const target = targetOf(event.key, active, state.rows, doc, row);
    if (target === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (target === "toggle") {
      if (row?.expandable) doc.toggle(row.path);
    } else go(target);
  };

  const rows = doc.rows(start, end);
  const isSeen = active >= start && active < end;
  return (
    <div className="relative font-mono text-sm">
      <span ref={ruler} aria-hidden className="invisible absolute whitespace-pre">
        {"0".repeat(20)}
      </span>
      <div
        ref={list}
        role="tree"
        aria-label={label}
        tabIndex={0}
        {...(isSeen ? { "aria-activedescendant": `${id}-${active}` } : {})}
        onKeyDown={onKeyDown}
        onFocus={(event) => event.target === list.current && active < 0 && setActive(0)}
        onPointerLeave={() => setPointed(-1)}
        className="relative overflow-hidden rounded-sm"
        style={{ height: state.rows * ROW_HEIGHT }}
      >
        {rows.map((row, i) => {
          const index = start + i;
          if (!row) return null;
          return (
            <JsonRowView
              key={index}
              id={`${id}-${index}`}
              row={row}
              index={index}
              term={state.search.term}
              isActive={index === active}
              isHit={index === hitRow}
              onToggle={toggle}
              onPoint={setPointed}
              actions={
                (index === pointed || index === active) && (
                  <RowActions doc={doc} row={row} {...context} />
                )
              }
            />
          );
        })}
      </div>
    </div>
  );
}

/** Tells the document how many characters fit across. */
function useWrap(
  doc: JsonDoc,
  list: React.RefObject<HTMLElement | null>,
  ruler: React.RefObject<HTMLElement | null>,
): void {
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () => {
      const character = (ruler.current?.getBoundingClientRect().width ?? 0) / 20;
      if (character > 0) doc.wrap(Math.floor((element.clientWidth - GUTTER) / character));
    };
    measure();
    const sizes = new ResizeObserver(measure);
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [doc, list, ruler]);
}

/** Where a key leads: to a row, or to opening or closing the one it is on. */
function targetOf(
  key: string,
  active: number,
  rows: number,
  doc: JsonDoc,
  row: JsonRow | undefined,
): number | "toggle" | undefined {
  switch (key) {
    case "ArrowDown":
      return active + 1;
    case "ArrowUp":
      return active - 1;
    case "PageDown":
      return active + PAGE_ROWS;
    case "PageUp":
      return active - PAGE_ROWS;
    case "Home":
      return 0;
    case "End":
      return rows - 1;
    case "ArrowRight":
      return row?.expandable && !row.open ? "toggle" : active + 1;
    case "ArrowLeft":
      if (row?.open) return "toggle";
      return row ? parentOf(doc, active, row) : undefined;
    case "Enter":
    case " ":
      return "toggle";
  }
  return undefined;
}

/** The row above that this row hangs under. */
function parentOf(doc: JsonDoc, index: number, row: JsonRow): number {
  const FAR = 2000;
  const above = doc.rows(Math.max(0, index - FAR), index);
  const found = above.findLastIndex((other) => other !== undefined && other.depth < row.depth);
  return found < 0 ? index : index - above.length + found;
}

function bringIntoView(list: HTMLElement | null, row: number, where: "center" | "nearest"): void {
  const scroller = scrollerOf(list);
  if (!list || !scroller) return;
  const view = scroller.getBoundingClientRect();
  const top = list.getBoundingClientRect().top + row * ROW_HEIGHT - view.top;
  const room = view.height - ROW_HEIGHT;
  if (where === "center") {
    if (top < 40 || top > room - 40) scroller.scrollTop += top - room / 2;
  } else if (top < 0) scroller.scrollTop += top;
  else if (top > room) scroller.scrollTop += top - room;
}
