import { type RefObject, useCallback, useEffect, useRef, useState } from "react";

export type View = { x: number; y: number; scale: number };

const LEAST = 0.1;
const MOST = 3;
const WHEEL = 0.002;
// Small graphs are not blown up to fill the room.
const MOST_TO_FIT = 1.1;

/** Moves and scales a drawing by drag, wheel and buttons. */
export function usePanZoom(
  area: RefObject<HTMLElement | null>,
  size: { width: number; height: number } | undefined,
): { view: View; zoomBy: (factor: number) => void; fit: () => void } {
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 });
  const fit = useCallback(() => {
    const box = area.current?.getBoundingClientRect();
    if (!box || !size || size.width === 0) return;
    const scale = Math.max(
      LEAST,
      Math.min(MOST_TO_FIT, box.width / size.width, box.height / size.height),
    );
    setView({
      x: (box.width - size.width * scale) / 2,
      y: Math.max(0, (box.height - size.height * scale) / 2),
      scale,
    });
  }, [area, size]);
  useEffect(fit, [fit]);

  const zoomAt = useCallback((factor: number, x: number, y: number) => {
    setView((now) => {
      const scale = Math.min(MOST, Math.max(LEAST, now.scale * factor));
      const share = scale / now.scale;
      return { x: x - (x - now.x) * share, y: y - (y - now.y) * share, scale };
    });
  }, []);
  const dragged = useRef<{ x: number; y: number } | null>(null);
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey || Math.abs(event.deltaX) < Math.abs(event.deltaY)) {
        zoomAt(Math.exp(-event.deltaY * WHEEL), event.clientX - box.left, event.clientY - box.top);
      } else setView((now) => ({ ...now, x: now.x - event.deltaX }));
    };
    const down = (event: PointerEvent) => {
      if (event.button !== 0 || (event.target as Element).closest("button")) return;
      element.setPointerCapture(event.pointerId);
      dragged.current = { x: event.clientX, y: event.clientY };
    };
    const move = (event: PointerEvent) => {
      const from = dragged.current;
      if (!from) return;
      dragged.current = { x: event.clientX, y: event.clientY };
      setView((now) => ({
        ...now,
        x: now.x + event.clientX - from.x,
        y: now.y + event.clientY - from.y,
      }));
    };
    const up = () => {
      dragged.current = null;
    };
    element.addEventListener("wheel", wheel, { passive: false });
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", up);
    return () => {
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", up);
    };
  }, [area, zoomAt]);
  const zoomBy = useCallback(
    (factor: number) => {
      const box = area.current?.getBoundingClientRect();
      if (box) zoomAt(factor, box.width / 2, box.height / 2);
    },
    [area, zoomAt],
  );
  return { view, zoomBy, fit };
}
