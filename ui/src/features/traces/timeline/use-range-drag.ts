import { type RefObject, useEffect, useRef, useState } from "react";
import type { Axis } from "./use-axis";

// px that a pointer may tremble in a click.
const TREMBLE = 4;
// Zoom of one step of a wheel.
const WHEEL = 0.0022;

/**
 * Drag over bars or axis zooms to the range; the wheel with mod (or a pinch) zooms, sideways pans.
 * Returns the range that is being dragged, as shares of the width.
 */
export function useRangeDrag(
  area: RefObject<HTMLElement | null>,
  axis: Axis,
): { from: number; to: number } | null {
  const [range, setRange] = useState<{ from: number; to: number } | null>(null);
  const latest = useRef(axis);
  latest.current = axis;
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    let begun: { x: number; box: DOMRect; pointer: number } | null = null;
    let dragged: { from: number; to: number } | null = null;
    const barsOf = (target: EventTarget | null): Element | null =>
      target instanceof Element ? target.closest("[data-bars],[data-axis]") : null;
    const share = (box: DOMRect, x: number) => Math.min(1, Math.max(0, (x - box.left) / box.width));
    const down = (event: PointerEvent) => {
      const bars = barsOf(event.target);
      if (!bars || event.button !== 0 || event.pointerType === "touch") return;
      begun = { x: event.clientX, box: bars.getBoundingClientRect(), pointer: event.pointerId };
      dragged = null;
    };
    const move = (event: PointerEvent) => {
      if (!begun || (!dragged && Math.abs(event.clientX - begun.x) < TREMBLE)) return;
      if (!dragged) element.setPointerCapture(begun.pointer);
      event.preventDefault();
      dragged = { from: share(begun.box, begun.x), to: share(begun.box, event.clientX) };
      setRange(dragged);
    };
    const up = () => {
      if (dragged) {
        latest.current.showShares(dragged.from, dragged.to);
        // The click that ends a drag chooses nothing.
        element.addEventListener("click", (event) => event.stopPropagation(), {
          capture: true,
          once: true,
        });
      }
      cancel();
    };
    const cancel = () => {
      begun = null;
      dragged = null;
      setRange(null);
    };
    const wheel = (event: WheelEvent) => {
      const bars = barsOf(event.target);
      if (!bars) return;
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const about = share(bars.getBoundingClientRect(), event.clientX);
        latest.current.zoomBy(Math.exp(event.deltaY * WHEEL), about);
      } else if (
        Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY) &&
        latest.current.zoomed
      ) {
        event.preventDefault();
        latest.current.panBy(sideways / bars.clientWidth);
      }
    };
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", cancel);
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", cancel);
      element.removeEventListener("wheel", wheel);
    };
  }, [area]);
  return range;
}
