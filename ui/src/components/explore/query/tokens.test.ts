// @vitest-environment node

import { describe, expect, it } from "vitest";
import { hasTopLevelOr, tokenize } from "./tokens";

const cut = (text: string) =>
  tokenize(text)
    .filter((t) => t.kind !== "space")
    .map((t) => `${t.kind}:${text.slice(t.start, t.end)}`);

describe("tokenize", () => {
  it("tells fields, operators and values", () => {
    expect(cut('model:gpt-4o duration>=2s -name:"a b" free')).toEqual([
      "field:model",
      "operator::",
      "value:gpt-4o",
      "field:duration",
      "operator:>=",
      "value:2s",
      "minus:-",
      "field:name",
      "operator::",
      'value:"a b"',
      "text:free",
    ]);
  });

  it("reads lists, groups and keywords", () => {
    expect(cut('(model:(a, "b c") OR NOT tag!=x)')).toEqual([
      "open:(",
      "field:model",
      "operator::",
      "open:(",
      "value:a",
      "comma:,",
      'value:"b c"',
      "close:)",
      "keyword:OR",
      "keyword:NOT",
      "field:tag",
      "operator:!=",
      "value:x",
      "close:)",
    ]);
  });

  it("keeps colons of values and quoted keys together", () => {
    expect(cut('start_time>2026-01-01T00:00 score."my score":0.5..<1')).toEqual([
      "field:start_time",
      "operator:>",
      "value:2026-01-01T00:00",
      'field:score."my score"',
      "operator::",
      "value:0.5..<1",
    ]);
  });

  it("covers every character of a broken query once", () => {
    for (const text of ['a:"open', "model:(a, ", ")) (", "x:", '-"', "a:b(c", ":", "a!b", "  "]) {
      const tokens = tokenize(text);
      expect(tokens.map((t) => text.slice(t.start, t.end)).join("")).toBe(text);
    }
  });
});

describe("hasTopLevelOr", () => {
  it.each([
    ["a OR b", true],
    ["(a OR b) c", false],
    ['name:"a OR b"', false],
    ["name:OR", false],
    ["a or b", false],
  ])("%s: %s", (text, expected) => expect(hasTopLevelOr(text)).toBe(expected));
});
