import { expect, test } from "vitest";
import { idsBetween, isEmpty, isSelected, NOTHING, setRows, tickOf, toggleRow } from "./selection";

const LOADED = ["a", "b", "c", "d"];
const idAt = (i: number) => LOADED[i];

test("a row goes on and off", () => {
  const one = toggleRow(NOTHING, "a", () => LOADED);
  expect(isSelected(one, "a")).toBe(true);
  expect(isEmpty(toggleRow(one, "a", () => LOADED))).toBe(true);
});

test("a range is the same in both directions and passes over rows that are not loaded", () => {
  expect(idsBetween(idAt, 3, 1)).toEqual(["b", "c", "d"]);
  expect(idsBetween((i) => (i === 2 ? undefined : idAt(i)), 1, 3)).toEqual(["b", "d"]);
});

test("all that match holds for rows that were never loaded", () => {
  expect(isSelected({ ids: new Set(), all: true }, "unseen")).toBe(true);
});

test("a row taken out of all that match leaves the loaded ones", () => {
  const left = toggleRow({ ids: new Set(), all: true }, "b", () => LOADED);
  expect([...left.ids]).toEqual(["a", "c", "d"]);
  expect(left.all).toBe(false);
});

test("the box in the header says none, some or all of what is loaded", () => {
  expect(tickOf(NOTHING, idAt, 4)).toBe(false);
  expect(tickOf(setRows(NOTHING, ["a"], true), idAt, 4)).toBe("indeterminate");
  expect(tickOf(setRows(NOTHING, LOADED, true), idAt, 4)).toBe(true);
  expect(tickOf(setRows(setRows(NOTHING, LOADED, true), ["c"], false), idAt, 4)).toBe(
    "indeterminate",
  );
});
