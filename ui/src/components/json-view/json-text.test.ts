import { expect, test } from "vitest";
import { columnOf, conditionOf, keyedField } from "./condition";
import { parseCutJson, parseJson, pathText, writeJson } from "./json-text";
import { lineOf, lineStarts } from "./wrap";

test("wherever JSON is cut, what is left can be read and is a part of the whole", () => {
  const whole = '{"a":[1,{"b":"x\\"y\\\\"}],"c":{"d":true,"e":null},"f":"\\u00e9\\n","g":-12.5e3}';
  const full = JSON.stringify(JSON.parse(whole));
  for (let at = 1; at < whole.length; at += 1) {
    const value = parseCutJson(whole.slice(0, at));
    expect(value, whole.slice(0, at)).toBeTypeOf("object");
    const kept = JSON.stringify(value).replaceAll("…", "");
    const opening = kept.replace(/[\]}"]+$/, "");
    expect(full.startsWith(opening), `${whole.slice(0, at)} → ${kept}`).toBe(true);
  }
});

test.each([
  ['{"a":"hel', { a: "hel…" }],
  ['{"a":1,"lo', { a: 1 }],
  ['{"a":1,"long":', { a: 1 }],
  ['["x",12', ["x"]],
  ['"text \\u00', "text …"],
  ['["a\\\\', ["a\\…"]],
])("%s is read as %j", (text, value) => expect(parseCutJson(text)).toEqual(value));

test("what is no JSON is not read", () => expect(parseCutJson("<html>")).toBeUndefined());

test("long whole numbers keep their digits", () => {
  const value = parseJson('{"id":1234567890123456789,"n":12,"f":0.1234567890123456789}');
  expect(value).toEqual({ id: 1234567890123456789n, n: 12, f: 0.12345678901234568 });
  expect(writeJson(value, 0)).toBe('{"id":1234567890123456789,"n":12,"f":0.12345678901234568}');
});

test("paths are written as people write them", () => {
  expect(pathText(["input", "messages", 0, "odd key"])).toBe('input.messages[0]["odd key"]');
});

test("a value becomes a condition of the query", () => {
  expect(conditionOf("metadata", ["user", "plan"], "pro tier")).toBe(
    'metadata.user.plan:"pro tier"',
  );
  expect(conditionOf("input", ["messages", 0, "role"], "user")).toBe("input.messages[0].role:user");
  expect(conditionOf("metadata", ["n"], 5)).toBe("metadata.n:5");
  expect(conditionOf("metadata", ["v"], "1..2")).toBe('metadata.v:"1..2"');
  expect(conditionOf("metadata", ["gone"], null)).toBe("-metadata.gone:*");
  expect(conditionOf("metadata", ["x"], "long ".repeat(100))).toBeNull();
  expect(conditionOf("metadata", [], "x")).toBeNull();
  expect(keyedField("metadata", ["odd key", "b"])).toBe('metadata."odd key.b"');
});

test("columns are paths of metadata outside lists", () => {
  expect(columnOf("metadata", ["a", "b"])).toBe("metadata.a.b");
  expect(columnOf("metadata", ["a", 0])).toBeNull();
  expect(columnOf("input", ["a"])).toBeNull();
});

test("lines break at spaces, keep line breaks, and never tear a sign", () => {
  const lines = (text: string, columns: number) => {
    const starts = lineStarts(text, columns);
    return starts.map((_, i) => lineOf(text, starts, i));
  };
  expect(lines("aaa bbb ccc", 7)).toEqual(["aaa bbb ", "ccc"]);
  expect(lines("one\r\ntwo\n", 20)).toEqual(["one", "two", ""]);
  expect(lines("abcdefghij", 4)).toEqual(["abcd", "efgh", "ij"]);
  expect(lines("漢字漢字", 4)).toEqual(["漢字", "漢字"]);
  for (const line of lines("😀😀😀😀😀", 5)) expect(line).toMatch(/^(😀)+$/u);
});
