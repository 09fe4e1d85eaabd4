import { useEffect, useRef, useSyncExternalStore } from "react";
import { type TreeModel, typeOf } from "@/components/span-tree/model";
import type { Shown } from "@/components/span-tree/visible";
import { isDark, onTheme } from "@/lib/theme";
import { typeVariable } from "../tree/type-bar";
import type { Axis } from "./use-axis";

const HEIGHT = 36;

/** All of the trace at a glance, with the part that is seen; drag to see another. */
export function Minimap({
  model,
  shown,
  axis,
  width,
}: {
  model: TreeModel;
  shown: Shown;
  axis: Axis;
  width: number;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const dark = useSyncExternalStore(onTheme, isDark);
  const { scale } = axis;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours change with the theme
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context || width <= 0) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.round(width * ratio);
    element.height = HEIGHT * ratio;
    context.scale(ratio, ratio);
    const style = getComputedStyle(document.documentElement);
    const colours = new Map<string, string>();
    const height = Math.max(1, (HEIGHT - 4) / Math.max(1, shown.rows.length));
    for (let place = 0; place < shown.rows.length; place++) {
      const row = shown.rows[place] ?? 0;
      const variable = typeVariable(typeOf(model, row));
      let colour = colours.get(variable);
      if (!colour) {
        colour = style.getPropertyValue(variable);
        colours.set(variable, colour);
      }
      const x = (scale.place(model.start[row] ?? 0) / scale.length) * width;
      const end = (scale.place(model.end[row] ?? 0) / scale.length) * width;
      context.fillStyle = colour;
      context.globalAlpha = (model.size[row] ?? 1) > 1 ? 0.35 : 0.9;
      context.fillRect(
        x,
        2 + (place / shown.rows.length) * (HEIGHT - 4),
        Math.max(1, end - x),
        Math.min(4, height),
      );
    }
  }, [model, shown, scale, width, dark]);

  const drag = useRef<{ from: number; moved: boolean; grip: number | null } | null>(null);
  const share = (event: React.PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const seenFrom = axis.window.from / scale.length;
  const seenTo = axis.window.to / scale.length;
  const show = (from: number, to: number) =>
    axis.showPlaces(from * scale.length, to * scale.length);
  return (
    <div
      className="relative cursor-crosshair touch-none overflow-hidden border-b border-border"
      style={{ height: HEIGHT }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = share(event);
        const inside = axis.zoomed && at >= seenFrom && at <= seenTo;
        drag.current = { from: at, moved: false, grip: inside ? at - seenFrom : null };
      }}
      onPointerMove={(event) => {
        const now = drag.current;
        if (!now) return;
        const at = share(event);
        if (Math.abs(at - now.from) * width > 3) now.moved = true;
        if (!now.moved) return;
        if (now.grip === null) show(Math.min(now.from, at), Math.max(now.from, at));
        else show(at - now.grip, at - now.grip + seenTo - seenFrom);
      }}
      onPointerUp={(event) => {
        const now = drag.current;
        drag.current = null;
        if (now && !now.moved && axis.zoomed) {
          const half = (seenTo - seenFrom) / 2;
          show(share(event) - half, share(event) + half);
        }
      }}
      onPointerCancel={() => {
        drag.current = null;
      }}
    >
      <canvas ref={canvas} aria-hidden className="block h-full w-full" />
      {axis.zoomed && (
        <>
          <span
            className="pointer-events-none absolute inset-y-0 left-0 bg-background/65"
            style={{ width: `${seenFrom * 100}%` }}
          />
          <span
            className="pointer-events-none absolute inset-y-0 right-0 bg-background/65"
            style={{ width: `${(1 - seenTo) * 100}%` }}
          />
          <span
            className="pointer-events-none absolute inset-y-0 border-x-2 border-primary"
            style={{ left: `${seenFrom * 100}%`, width: `max(4px, ${(seenTo - seenFrom) * 100}%)` }}
          />
        </>
      )}
    </div>
  );
}
