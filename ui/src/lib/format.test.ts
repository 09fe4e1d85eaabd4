import { expect, test } from "vitest";
import {
  formatAgo,
  formatBytes,
  formatCost,
  formatCount,
  formatDuration,
  formatPercent,
  formatScore,
} from "./format";

test.each([
  [null, "–"],
  [0, "0 ms"],
  [0.4, "0.40 ms"],
  [7.25, "7.3 ms"],
  [850, "850 ms"],
  [1240, "1.24 s"],
  [59_000, "59.0 s"],
  [125_000, "2 m 05 s"],
  [11_400_000, "3 h 10 m"],
  [90_000_000, "1 d 1 h"],
])("a duration of %s ms reads %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

test.each([
  [undefined, "–"],
  [0, "$0"],
  [0.0000001, "<$0.000001"],
  [0.000123, "$0.00012"],
  [0.042, "$0.042"],
  [12.3, "$12.30"],
  [12_345, "$12.3K"],
])("a cost of %s reads %s", (usd, text) => expect(formatCost(usd)).toBe(text));

test("counts are whole up to ten thousand, then short", () => {
  expect([formatCount(1234), formatCount(12_345), formatCount(Number.NaN)]).toEqual([
    "1,234",
    "12.3K",
    "–",
  ]);
});

test("rates, sizes and scores lose digits that say nothing", () => {
  expect([formatPercent(0.0123), formatPercent(0.5), formatPercent(0)]).toEqual([
    "1.2%",
    "50%",
    "0%",
  ]);
  expect([formatBytes(999), formatBytes(1500), formatBytes(50_000_000)]).toEqual([
    "999 B",
    "1.5 kB",
    "50 MB",
  ]);
  expect([formatScore(0.5), formatScore(1 / 3)]).toEqual(["0.5", "0.333"]);
});

test("what is not long ago is told from now", () => {
  const now = Date.parse("2026-01-10T12:00:00Z");
  const ago = (iso: string) => formatAgo(iso, now);
  expect(ago("2026-01-10T11:59:58Z")).toBe("now");
  expect(ago("2026-01-10T11:15:00Z")).toBe("45 m ago");
  expect(ago("2026-01-08T12:00:00Z")).toBe("2 d ago");
});
