// @vitest-environment node

import { expect, it } from "vitest";
import { deltaOf } from "./delta";

it.each([
  [112, 100, false, "+12%", 1],
  [80, 100, false, "−20%", -1],
  [100.1, 100, false, "±0", 0],
  [0, 0, false, "±0", 0],
  [340, 100, false, "3.4×", 1],
  [1e6, 1, false, ">99×", 1],
  [0.052, 0.02, true, "+3.2 pt", 1],
  [0.02, 0.02, true, "±0", 0],
  [0, 100, false, "−100%", -1],
])("%d after %d", (now, before, isRate, text, direction) =>
  expect(deltaOf(now, before, isRate)).toMatchObject({ text, direction }),
);

it("says nothing without a figure to compare with", () => {
  expect(deltaOf(5, 0)).toBeUndefined();
  expect(deltaOf(null, 5)).toBeUndefined();
  expect(deltaOf(5, null)).toBeUndefined();
});

it("calls small changes neither better nor worse", () => {
  expect(deltaOf(102, 100)?.isNotable).toBe(false);
  expect(deltaOf(110, 100)?.isNotable).toBe(true);
  expect(deltaOf(0.021, 0.02, true)?.isNotable).toBe(false);
});
