// @vitest-environment node

import { expect, it } from "vitest";
import { readHidden, readMetricsSearch, toggled, writeHidden } from "./metrics-search";

it("leaves out what a URL says wrong", () => {
  expect(readMetricsSearch({ by: "nonsense", p: "p12", type: "thread", q: "a" })).toEqual({
    ...readMetricsSearch({}),
    q: "a",
  });
  expect(readMetricsSearch({ by: "type" }).by).toBeUndefined();
  expect(readMetricsSearch({ by: "type", type: "span" }).by).toBe("type");
});

it("keeps names with commas and percents", () => {
  const names = ["a,b", "100%", "50%2C", "plain"];
  expect([...readHidden(writeHidden(names))]).toEqual(names);
  expect(writeHidden([])).toBeUndefined();
  expect(readHidden(undefined).size).toBe(0);
});

it("hides, shows, and isolates", () => {
  const all = ["a", "b", "c"];
  expect([...toggled(new Set(), "a", all, false)]).toEqual(["a"]);
  expect([...toggled(new Set(["a"]), "a", all, false)]).toEqual([]);
  expect([...toggled(new Set(), "a", all, true)]).toEqual(["b", "c"]);
  expect([...toggled(new Set(["b", "c"]), "a", all, true)]).toEqual([]);
  expect([...toggled(new Set(["a", "elsewhere"]), "a", all, true)]).toEqual([
    "elsewhere",
    "b",
    "c",
  ]);
});
