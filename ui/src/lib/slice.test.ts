import { expect, test } from "vitest";
import { andQuery, quoteValue, readSlice, sliceOf, sliceParams } from "./slice";

test("a bad link still opens: what it says wrong is left out", () => {
  expect(readSlice({ q: 5, range: "9y", from: "never", to: "2026-01-01", hidden: "true" })).toEqual(
    { q: "5", range: undefined, from: undefined, to: "2026-01-01", hidden: true },
  );
});

test("a relative range becomes a moment that stays the same within its grain", () => {
  const at = Date.parse("2026-01-10T12:00:31Z");
  const slice = sliceOf({ range: "24h" }, "trace", at);
  expect(slice.from).toBe("2026-01-09T12:00:00.000Z");
  expect(sliceOf({ range: "24h" }, "trace", at + 20_000)).toEqual(slice);
  expect(sliceOf({ range: "all" }, "trace", at).from).toBeUndefined();
});

test("a moment in the URL wins over a range", () => {
  const slice = sliceOf({ range: "1h", from: "2026-01-01T00:00:00Z" }, "span");
  expect(slice).toEqual({ entity: "span", query: "", hidden: false, from: "2026-01-01T00:00:00Z" });
  expect(sliceParams(slice).include_hidden).toBeUndefined();
});

test.each([
  ["gpt-4o", "gpt-4o"],
  ["claude 3", '"claude 3"'],
  ['say "hi"', '"say \\"hi\\""'],
  ["OR", '"OR"'],
  ["-5", '"-5"'],
  ["a\\b", '"a\\\\b"'],
])("the value %s is written %s", (value, text) => expect(quoteValue(value)).toBe(text));

test("a condition joins a query without changing what it meant", () => {
  expect(andQuery("", "a:1")).toBe("a:1");
  expect(andQuery("x y", "a:1")).toBe("x y a:1");
  expect(andQuery("x OR y", "a:1")).toBe("(x OR y) a:1");
});
