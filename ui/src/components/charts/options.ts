/** The options of uPlot for one of our charts: axes of round numbers, a cursor that charts share. */

import type uPlot from "uplot";
import { resolve } from "./colors";
import type { Frame } from "./frame";
import { formatTick, timeTicks } from "./scales";
import type { Unit } from "./types";

const FONT_PX = 11;
const Y_AXIS_PX = 48;
const X_AXIS_PX = 20;
const PX_PER_TIME = 68;

export function optionsOf({
  width,
  height,
  frame,
  unit,
  layers,
  syncKey,
  hooks,
  onDoubleClick,
}: {
  width: number;
  height: number;
  frame: Frame;
  unit: Unit;
  layers: number;
  syncKey: string;
  hooks: uPlot.Hooks.Arrays;
  onDoubleClick: () => void;
}): uPlot.Options {
  const font = `${FONT_PX}px ${getComputedStyle(document.body).fontFamily}`;
  const ink = resolve("--muted-foreground");
  const hairline = resolve("--border");
  // A label at the very end would be cut off.
  const times = timeTicks(
    frame.from,
    frame.to,
    Math.floor((width - Y_AXIS_PX) / PX_PER_TIME),
  ).filter((t) => t.at < frame.to);
  const labels = new Map(times.map((t) => [t.at, t.label]));
  return {
    width,
    height,
    ms: 1,
    padding: [6, 8, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [frame.from, frame.to] },
      y: { range: () => [frame.scale.min, frame.scale.max] },
    },
    series: [
      {},
      ...Array.from({ length: layers }, () => ({ paths: () => null, points: { show: false } })),
    ],
    axes: [
      {
        font,
        stroke: ink,
        size: X_AXIS_PX,
        gap: 4,
        splits: () => times.map((t) => t.at),
        values: (_, splits) => splits.map((at) => labels.get(at) ?? ""),
        grid: { show: false },
        ticks: { stroke: hairline, width: 1, size: 3 },
      },
      {
        font,
        stroke: ink,
        size: Y_AXIS_PX,
        gap: 4,
        splits: () => frame.scale.ticks,
        values: (_, splits) => splits.map((value) => formatTick(value, unit)),
        grid: { stroke: hairline, width: 1 },
        ticks: { show: false },
      },
    ],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false, dist: 5 },
      sync: { key: syncKey, scales: ["x", null], setSeries: false },
      bind: {
        dblclick: () => () => {
          onDoubleClick();
          return null;
        },
      },
    },
    hooks,
  };
}
