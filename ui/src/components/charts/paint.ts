/** What uPlot does not draw by itself: stacked bars, the open bucket, gaps. */

import type uPlot from "uplot";
import { type Frame, type Layer, runsOf } from "./frame";

type Colors = ReadonlyMap<string, string>;
type Places = { x: (ms: number) => number; y: (value: number) => number; ratio: number };

const placesOf = (u: uPlot): Places => ({
  x: (ms) => u.valToPos(ms, "x", true),
  y: (value) => u.valToPos(value, "y", true),
  ratio: devicePixelRatio || 1,
});

/** Each bucket a column of the layers on top of each other; the open one is hatched. */
export function paintBars(
  u: uPlot,
  frame: Frame,
  times: readonly number[],
  step: number,
  colors: Colors,
): void {
  const { x, y, ratio } = placesOf(u);
  const { ctx } = u;
  ctx.save();
  for (const layer of frame.layers) {
    const color = colors.get(layer.name) ?? "gray";
    for (const [i, time] of times.entries()) {
      const base = layer.base[i] ?? 0;
      const top = layer.top[i] ?? 0;
      if (top === base) continue;
      const left = Math.round(x(time));
      const gap = Math.min(ratio, Math.max(0, (x(time + step) - left) / 4));
      const width = Math.max(1, Math.round(x(time + step)) - left - gap);
      const foot = Math.round(y(base));
      // What is there is seen, however small.
      const height = Math.max(ratio, foot - Math.round(y(top)));
      const isOpen = frame.isOpen && i === times.length - 1;
      ctx.fillStyle = isOpen ? hatch(ctx, color, ratio) : color;
      ctx.fillRect(left, foot - height, width, height);
    }
  }
  ctx.restore();
}

function hatch(
  ctx: CanvasRenderingContext2D,
  color: string,
  ratio: number,
): CanvasPattern | string {
  const size = Math.round(5 * ratio);
  const tile = document.createElement("canvas");
  tile.width = size;
  tile.height = size;
  const on = tile.getContext("2d");
  if (!on) return color;
  on.strokeStyle = color;
  on.lineWidth = 1.4 * ratio;
  for (const shift of [-size, 0, size]) {
    on.moveTo(shift, size);
    on.lineTo(shift + size, 0);
  }
  on.stroke();
  return ctx.createPattern(tile, "repeat") ?? color;
}

/** Straight lines through the middles of the buckets; they break where there is no value. */
export function paintLines(
  u: uPlot,
  frame: Frame,
  times: readonly number[],
  step: number,
  colors: Colors,
): void {
  const { ctx } = u;
  ctx.save();
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  for (const layer of frame.layers)
    paintLine(u, frame, layer, times, step, colors.get(layer.name) ?? "gray");
  ctx.restore();
}

function paintLine(
  u: uPlot,
  frame: Frame,
  layer: Layer,
  times: readonly number[],
  step: number,
  color: string,
): void {
  const { x, y, ratio } = placesOf(u);
  const { ctx } = u;
  const at = (i: number): [number, number] => [x((times[i] ?? 0) + step / 2), y(layer.top[i] ?? 0)];
  const last = times.length - 1;
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = 1.5 * ratio;
  for (const [first, end] of runsOf(layer.top)) {
    const solid = frame.isOpen && end === last ? end - 1 : end;
    ctx.setLineDash([]);
    ctx.beginPath();
    for (let i = first; i <= solid; i += 1) ctx.lineTo(...at(i));
    ctx.stroke();
    if (solid < end && solid >= first) {
      ctx.setLineDash([3 * ratio, 4 * ratio]);
      ctx.beginPath();
      ctx.moveTo(...at(solid));
      ctx.lineTo(...at(end));
      ctx.stroke();
    }
    // A value between two gaps has no line to show it.
    if (first === end) {
      ctx.setLineDash([]);
      ctx.beginPath();
      ctx.arc(...at(first), 2 * ratio, 0, 2 * Math.PI);
      if (solid < end) ctx.stroke();
      else ctx.fill();
    }
  }
}
