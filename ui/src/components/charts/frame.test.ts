// @vitest-environment node

import { describe, expect, it } from "vitest";
import { frameOf, layerAt, runsOf, snapped } from "./frame";
import type { ChartData } from "./types";

const HOUR = 3_600_000;
const START = Date.parse("2026-11-26T00:00:00Z");
const DATA: ChartData = {
  times: [0, 1, 2, 3].map((i) => START + i * HOUR),
  step: HOUR,
  unit: "count",
  series: [
    { name: "error", label: "Error", values: [1, 0, 2, 0] },
    { name: "ok", label: "OK", values: [9, 5, null, 7] },
  ],
};
const NONE = new Set<string>();

describe("frameOf", () => {
  it("stacks what is shown", () => {
    const frame = frameOf(DATA, { stacked: true, hidden: NONE, now: START + 10 * HOUR });
    expect(frame.layers[1]?.base).toEqual([1, 0, 2, 0]);
    expect(frame.layers[1]?.top).toEqual([10, 5, 2, 7]);
    expect(frame.scale.max).toBeGreaterThanOrEqual(10);
    const alone = frameOf(DATA, { stacked: true, hidden: new Set(["ok"]), now: START });
    expect(alone.layers.map((l) => l.name)).toEqual(["error"]);
    expect(alone.scale.max).toBe(2);
  });

  it("knows that the last bucket goes on", () => {
    const at = (now: number) => frameOf(DATA, { stacked: false, hidden: NONE, now }).isOpen;
    expect(at(START + 3.5 * HOUR)).toBe(true);
    expect(at(START + 4 * HOUR)).toBe(false);
  });

  it("keeps a missing average missing", () => {
    const frame = frameOf(DATA, { stacked: false, hidden: NONE, now: START });
    expect(frame.layers[1]?.top).toEqual([9, 5, null, 7]);
  });
});

it("breaks lines at gaps", () => {
  expect(runsOf([1, 2, null, 3, null, null, 4, 5])).toEqual([
    [0, 1],
    [3, 3],
    [6, 7],
  ]);
  expect(runsOf([null])).toEqual([]);
});

it("finds what the pointer is at", () => {
  const bars = frameOf(DATA, { stacked: true, hidden: NONE, now: START });
  expect(layerAt(bars, 0, 0.5, true)).toBe("error");
  expect(layerAt(bars, 0, 5, true)).toBe("ok");
  expect(layerAt(bars, 0, 50, true)).toBeUndefined();
  const lines = frameOf(DATA, { stacked: false, hidden: NONE, now: START });
  expect(layerAt(lines, 0, 8, false)).toBe("ok");
  expect(layerAt(lines, 2, 9, false)).toBe("error");
});

it("takes whole buckets", () => {
  const iso = (hours: number) => new Date(START + hours * HOUR).toISOString();
  expect(snapped(DATA, START + 0.4 * HOUR, START + 1.2 * HOUR)).toEqual({
    from: iso(0),
    to: iso(2),
  });
  expect(snapped(DATA, START + HOUR, START + 2 * HOUR)).toEqual({ from: iso(1), to: iso(2) });
  expect(snapped(DATA, START - HOUR, START + 9 * HOUR)).toEqual({ from: iso(0), to: iso(4) });
  expect(snapped(DATA, START + 2.5 * HOUR, START + 2.5 * HOUR)).toEqual({
    from: iso(2),
    to: iso(3),
  });
});
