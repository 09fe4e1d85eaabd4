import { expect, test } from "vitest";
import {
  clampWidth,
  decodeColumns,
  encodeColumns,
  fitWidths,
  hiddenGroups,
  moveColumnBy,
  moveColumnTo,
  nextSort,
  toggleColumn,
} from "./column-model";
import type { DataColumn } from "./types";
import { readView } from "./use-table-view";

test("columns survive the way through a URL, whatever their names hold", () => {
  const ids = ["name", "feedback_scores.good, better", "metadata.100%2C", "usage.total_tokens"];
  expect(decodeColumns(encodeColumns(ids))).toEqual(ids);
});

test("a URL that names a column twice, or none, is read without harm", () => {
  expect(decodeColumns("a,,b,a")).toEqual(["a", "b"]);
  expect(decodeColumns("")).toEqual([]);
});

test("a column is hidden, and comes back at the end", () => {
  expect(toggleColumn(["a", "b"], "a")).toEqual(["b"]);
  expect(toggleColumn(["b"], "a")).toEqual(["b", "a"]);
});

test("a column that is dragged takes the place of the one it is dropped on", () => {
  expect(moveColumnTo(["a", "b", "c", "d"], "a", "c")).toEqual(["b", "c", "a", "d"]);
  expect(moveColumnTo(["a", "b", "c", "d"], "d", "b")).toEqual(["a", "d", "b", "c"]);
  expect(moveColumnTo(["a", "b"], "x", "b")).toEqual(["a", "b"]);
});

test("a column that is moved by keys stays at the ends", () => {
  expect(moveColumnBy(["a", "b", "c"], "b", -1)).toEqual(["b", "a", "c"]);
  expect(moveColumnBy(["a", "b", "c"], "a", -1)).toEqual(["a", "b", "c"]);
  expect(moveColumnBy(["a", "b", "c"], "c", 1)).toEqual(["a", "b", "c"]);
});

test("a header goes through its first direction, the other one and the table's own order", () => {
  expect(nextSort("-start_time", "name")).toBe("name");
  expect(nextSort("name", "name")).toBe("-name");
  expect(nextSort("-name", "name")).toBeUndefined();
  expect(nextSort("-start_time", "duration", "desc")).toBe("-duration");
  expect(nextSort("-duration", "duration", "desc")).toBe("duration");
});

test("a width is kept within what can be read", () => {
  expect(clampWidth(3)).toBe(48);
  expect(clampWidth(10_000)).toBe(1200);
  expect(clampWidth(100.4, 80)).toBe(100);
});

test("columns that grow share the room that is left, unless somebody gave them a width", () => {
  const columns = [
    { ...column("a", "A", "base"), width: 100 },
    { ...column("b", "B", "base"), width: 150, grow: true },
    { ...column("c", "C", "base"), width: 150, grow: true },
  ];
  const shown = ["a", "b", "c"];
  expect(fitWidths(columns, shown, {}, 800)).toEqual({ b: 350, c: 350 });
  expect(fitWidths(columns, shown, { b: 200 }, 800)).toEqual({ b: 200, c: 500 });
  expect(fitWidths(columns, shown, {}, 300)).toEqual({});
  expect(fitWidths(columns, ["a", "c"], {}, 800)).toEqual({ c: 700 });
});

function column(id: string, label: string, section: DataColumn<unknown>["section"]) {
  return { id, label, section, width: 100, render: () => null } as DataColumn<unknown>;
}

test("columns that are not shown are found by name, section by section", () => {
  const columns = [
    column("name", "Name", "base"),
    column("feedback_scores.accuracy", "accuracy", "scores"),
    column("feedback_scores.tone", "tone", "scores"),
    column("metadata.user.name", "user.name", "metadata"),
  ];
  const found = hiddenGroups(columns, ["name", "feedback_scores.tone"], "");
  expect(found.map((g) => [g.section, g.columns.map((c) => c.id)])).toEqual([
    ["scores", ["feedback_scores.accuracy"]],
    ["metadata", ["metadata.user.name"]],
  ]);
  expect(hiddenGroups(columns, [], "NAME").flatMap((g) => g.columns.map((c) => c.id))).toEqual([
    "name",
    "metadata.user.name",
  ]);
});

test("what an older version stored, or somebody broke, does not break a table", () => {
  expect(readView(null).density).toBe("s");
  expect(
    readView({ widths: { a: 200, b: "wide" }, pinned: "a", density: "huge", shown: [1, "a"] }),
  ).toEqual({ widths: { a: 200 }, pinned: [], density: "s", shown: ["a"] });
});
