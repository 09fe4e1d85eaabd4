// @vitest-environment node

import { describe, expect, it } from "vitest";
import { bucketWords, formatTick, timeTicks, valueScale } from "./scales";

describe("scales of values", () => {
  it.each([
    [0, 87, "count", [0, 50, 100]],
    [0, 2, "count", [0, 1, 2]],
    [0, 0.7, "ratio", [0, 0.5, 1]],
    [0, 0.31, "cost", [0, 0.2, 0.4]],
    [0, 4200, "duration", [0, 2000, 4000, 6000]],
    [0, 100_000, "duration", [0, 60_000, 120_000]],
    [0, 80, "duration", [0, 50, 100]],
    [-0.4, 0.9, "score", [-0.5, 0, 0.5, 1]],
  ] as const)("%d to %d %s", (low, high, unit, ticks) => {
    expect(valueScale(low, high, unit).ticks).toEqual(ticks);
  });

  it("holds all values and zero", () => {
    for (const high of [0.003, 0.9, 1, 7, 99, 101, 12_345, 9e6])
      for (const unit of ["count", "duration", "cost", "score"] as const) {
        const scale = valueScale(0, high, unit);
        expect(scale.min).toBe(0);
        expect(scale.max).toBeGreaterThanOrEqual(high);
        expect(scale.ticks.length).toBeLessThanOrEqual(6);
      }
  });

  it("stands without values", () => {
    expect(valueScale(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "count")).toEqual({
      min: 0,
      max: 1,
      ticks: [0, 1],
    });
  });
});

it.each([
  [1500, "duration", "1.5 s"],
  [500, "duration", "500 ms"],
  [120_000, "duration", "2 m"],
  [0.30000000000000004, "cost", "$0.3"],
  [0, "cost", "$0"],
  [0.05, "ratio", "5%"],
  [20_000, "count", "20K"],
  [0.25, "score", "0.25"],
] as const)("%d %s is written %s", (value, unit, text) =>
  expect(formatTick(value, unit)).toBe(text),
);

describe("ticks of time", () => {
  const at = (text: string) => new Date(text).getTime();
  const labels = (from: string, to: string, most: number) =>
    timeTicks(at(from), at(to), most).map((t) => t.label);

  it("says hours within a day and the day at midnight", () => {
    expect(labels("2026-11-25T20:10", "2026-11-26T08:10", 5)).toEqual([
      "21:00",
      "26 Nov",
      "03:00",
      "06:00",
    ]);
  });
  it("says days within weeks", () => {
    const found = labels("2026-11-12T10:00", "2026-11-26T10:00", 8);
    expect(found).toHaveLength(7);
    expect(found.every((l) => l.endsWith("Nov"))).toBe(true);
  });
  it("says minutes and seconds when close", () => {
    expect(labels("2026-11-26T10:01", "2026-11-26T10:16", 4)).toEqual(["10:05", "10:10", "10:15"]);
    expect(labels("2026-11-26T10:01:02", "2026-11-26T10:02:00", 4)).toEqual([
      "10:01:15",
      "10:01:30",
      "10:01:45",
      "10:02:00",
    ]);
  });
  it("says months and the year", () => {
    expect(labels("2025-10-20T00:00", "2026-03-02T00:00", 6)).toEqual([
      "Nov",
      "Dec",
      "2026",
      "Feb",
      "Mar",
    ]);
  });
  it("never gives more than asked for", () => {
    for (let hours = 1; hours < 24 * 400; hours *= 1.7)
      expect(
        timeTicks(at("2026-03-01T00:00"), at("2026-03-01T00:00") + hours * 3_600_000, 6).length,
      ).toBeLessThanOrEqual(7);
  });
});

describe("what a bucket covers", () => {
  const start = new Date("2026-11-26T14:00").getTime();
  it.each([
    [3_600_000, "26 Nov 14:00 – 15:00"],
    [30_000, "26 Nov 14:00:00 – 14:00:30"],
    [12 * 3_600_000, "26 Nov 14:00 – 27 Nov 02:00"],
    [86_400_000, "26 Nov – 27 Nov"],
  ])("%d ms", (step, words) => expect(bucketWords(start, step)).toBe(words));
});
