import { expect, test } from "vitest";
import { LocalDoc } from "./doc";
import type { JsonValue } from "./json-text";
import { JsonModel } from "./model";

const shown = (model: JsonModel) =>
  model
    .rows(0, model.rowCount)
    .map((r) => `${"  ".repeat(r.depth)}${r.label ?? ""}=${r.open ? "" : r.text}`);

test("the first rows stand open as far as they fit", () => {
  const model = new JsonModel({ a: { b: [1, 2] }, c: "short" });
  expect(shown(model)).toEqual(["a=", "  b=", "    0=1", "    1=2", "c=short"]);
  expect(model.rowCount).toBe(5);
});

test("a row closes and opens again with what stood open below it", () => {
  const model = new JsonModel({ a: { b: { c: 1 } }, d: 2 });
  model.toggle([0]);
  expect(shown(model)).toEqual(["a={b: {…}}", "d=2"]);
  model.toggle([0]);
  expect(shown(model)).toEqual(["a=", "  b={c: 1}", "d=2"]);
});

test("any window of rows is the same part of all rows", () => {
  const value: JsonValue = Array.from({ length: 40 }, (_, i) => ({
    id: i,
    tags: ["x", "y"],
    deep: { a: { b: i } },
  }));
  const model = new JsonModel(value);
  model.openAll();
  const all = model.rows(0, model.rowCount);
  expect(all).toHaveLength(40 * 8);
  for (const start of [0, 1, 7, 100, 319]) {
    expect(model.rows(start, start + 9)).toEqual(all.slice(start, start + 9));
  }
});

test("a long text opens into lines as wide as the view, and they follow its width", () => {
  const text = `${"word ".repeat(600)}end`;
  const model = new JsonModel({ text }, 100);
  expect(model.rowCount).toBe(1);
  model.toggle([0]);
  const lines = model.rows(1, model.rowCount).map((r) => r.text);
  expect(lines.join("")).toBe(text);
  expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(100);
  const before = model.rowCount;
  model.wrap(50);
  expect(model.rowCount).toBeGreaterThan(before * 1.8);
  expect(
    model
      .rows(1, model.rowCount)
      .map((r) => r.text)
      .join(""),
  ).toBe(text);
});

test("a large list comes in groups, and paths see through them", async () => {
  const doc = new LocalDoc(Array.from({ length: 2500 }, (_, i) => ({ n: i })));
  expect(doc.rows(0, 1)[0]).toMatchObject({ kind: "group", label: "0 … 999", open: true });
  const last = doc.state().rows - 1;
  expect(doc.rows(last, last + 1)[0]).toMatchObject({ kind: "group", label: "2000 … 2499" });
  doc.toggle([2]);
  const row = doc.rows(doc.state().rows - 1, doc.state().rows)[0];
  expect(await doc.pointer(row?.path ?? [])).toEqual([2499]);
  expect(await doc.text(row?.path ?? [])).toBe('{\n  "n": 2499\n}');
});

test("a search opens what hides its hits and steps around the end", () => {
  const value = {
    list: Array.from({ length: 1500 }, (_, i) => ({ name: i === 1234 ? "Needle" : "hay" })),
    needle: 1,
  };
  const doc = new LocalDoc(value);
  doc.closeAll();
  doc.find("needle");
  expect(doc.state().search).toMatchObject({ total: 2, at: 0 });
  expect(doc.rows(doc.state().search.row, doc.state().search.row + 1)[0]).toMatchObject({
    label: "name",
    text: "Needle",
  });
  doc.step(1);
  expect(doc.rows(doc.state().search.row, doc.state().search.row + 1)[0]).toMatchObject({
    label: "needle",
  });
  doc.step(1);
  expect(doc.state().search.at).toBe(0);
  doc.step(-1);
  expect(doc.state().search.at).toBe(1);
});

test("a hit inside a long text leads to its line", () => {
  const text = Array.from({ length: 300 }, (_, i) => `line ${i}`).join("\n");
  const doc = new LocalDoc({ text });
  doc.find("line 250");
  const { row } = doc.state().search;
  expect(doc.rows(row, row + 1)[0]).toMatchObject({ kind: "line", text: "line 250" });
});

test("a lone value and an empty list have one row", () => {
  expect(shown(new JsonModel(12))).toEqual(["=12"]);
  expect(shown(new JsonModel([]))).toEqual(["=[]"]);
  expect(shown(new JsonModel("a\nb"))).toEqual(["=a", "=b"]);
  expect(shown(new JsonModel({ a: {}, b: [] }))).toEqual(["a={}", "b=[]"]);
});
