import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Rows beyond the edges, so that a fast scroll shows no gap. */
const OVERSCAN = 16;
/** The window moves in steps: a scroll of a few pixels renders nothing. */
const STEP = 8;

export type RowWindow = { start: number; end: number };

/** The nearest element around `element` that scrolls up and down. */
export function scrollerOf(element: Element | null): HTMLElement | null {
  for (let at = element?.parentElement ?? null; at; at = at.parentElement) {
    const { overflowY } = getComputedStyle(at);
    if (overflowY === "auto" || overflowY === "scroll") return at;
  }
  return null;
}

/**
 * Says which of `count` rows of equal height are on screen, for a list that stands among other things
 * in one scrolling area.
 */
export function useRowWindow(
  list: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
): RowWindow {
  const [range, setRange] = useState<RowWindow>({ start: 0, end: Math.min(count, 48) });
  const look = useRef(() => {});

  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const scroller = scrollerOf(element);
    let frame = 0;
    look.current = () => {
      const box = element.getBoundingClientRect();
      const view = scroller?.getBoundingClientRect() ?? { top: 0, height: innerHeight };
      const first = Math.floor((view.top - box.top) / rowHeight) - OVERSCAN;
      const start = Math.max(0, Math.floor(first / STEP) * STEP);
      const seen = Math.ceil(view.height / rowHeight) + 2 * OVERSCAN + STEP;
      const end = Math.max(start, start + seen);
      setRange((old) => (old.start === start && old.end === end ? old : { start, end }));
    };
    const soon = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => look.current());
    };
    look.current();
    const sizes = new ResizeObserver(soon);
    // What stands above moves the list when it grows; then the content's height changes.
    for (const watched of [scroller, scroller?.firstElementChild, element]) {
      if (watched) sizes.observe(watched);
    }
    const target: HTMLElement | Window = scroller ?? window;
    target.addEventListener("scroll", soon, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      sizes.disconnect();
      target.removeEventListener("scroll", soon);
    };
  }, [list, rowHeight]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: more or fewer rows may move what is seen
  useLayoutEffect(() => look.current(), [count]);

  return { start: Math.min(range.start, count), end: Math.min(range.end, count) };
}
