// @vitest-environment node

import { describe, expect, it } from "vitest";
import type { Series } from "@/api/types";
import { isBlank, latestOf, seriesData, statusSeries, sumOf } from "./series-data";

const series = (name: string, points: [number, number | null][]): Series => ({
  name,
  label: name,
  unit: "",
  points,
  query: "",
});
const answer = (...all: Series[]) => ({ from: "", to: "", step_s: 1, series: all });

describe("seriesData", () => {
  it("puts series with different buckets onto one row, gaps as gaps", () => {
    const data = seriesData(
      answer(
        series("a", [
          [0, 1],
          [1000, 2],
        ]),
        series("b", [
          [1000, 5],
          [2000, null],
        ]),
      ),
      {
        unit: "score",
        kind: "lines",
      },
    );
    expect(data.times).toEqual([0, 1000, 2000]);
    expect(data.series.map((s) => s.values)).toEqual([
      [1, 2, null],
      [null, 5, null],
    ]);
  });

  it("does not stack a sum onto its parts", () => {
    const all = answer(
      series("total_tokens", [[0, 3]]),
      series("prompt_tokens", [[0, 1]]),
      series("completion_tokens", [[0, 2]]),
    );
    const names = seriesData(all, { unit: "count", kind: "bars" }).series.map((s) => s.name);
    expect(names).toEqual(["prompt_tokens", "completion_tokens"]);
    const alone = seriesData(answer(series("total_tokens", [[0, 3]])), {
      unit: "count",
      kind: "bars",
    });
    expect(alone.series).toHaveLength(1);
  });
});

it("knows an empty chart", () => {
  const blank = seriesData(
    answer(
      series("a", [
        [0, 0],
        [1, null],
      ]),
    ),
    { unit: "count", kind: "bars" },
  );
  expect(isBlank(blank)).toBe(true);
});

it("sums and finds the newest", () => {
  expect(sumOf([1, null, 2])).toBe(3);
  expect(latestOf([1, 2, null])).toBe(2);
  expect(latestOf([null])).toBeNull();
});

it("parts failed rows from the others", () => {
  const bucket = { duration_p50: null, duration_p99: null, cost: null, tokens: null };
  const found = statusSeries({
    from: "",
    to: "",
    step_s: 60,
    buckets: [{ ...bucket, time: "1970-01-01T00:01:00Z", count: 5, errors: 2 }],
  });
  expect(found.series.map((s) => [s.name, s.points, s.query])).toEqual([
    ["error", [[60_000, 2]], "status:error"],
    ["ok", [[60_000, 3]], "-status:error"],
  ]);
});
