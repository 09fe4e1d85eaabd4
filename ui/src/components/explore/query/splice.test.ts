// @vitest-environment node

import { describe, expect, it } from "vitest";
import type { Chip } from "@/api/types";
import { addCondition, anyOf, negateChip, negated, removeChip, replaceChip } from "./splice";

/** The chip of a condition in a text. */
function chipIn(text: string, condition: string): Chip {
  const start = text.indexOf(condition);
  return {
    start,
    end: start + condition.length,
    text: condition,
    field: "",
    key: "",
    operator: "=",
    values: [],
    negated: false,
  };
}

describe("removing a chip", () => {
  it.each([
    ["model:a name:b tag:c", "name:b", "model:a tag:c"],
    ["model:a", "model:a", ""],
    ["model:a AND name:b", "name:b", "model:a"],
    ["model:a AND name:b", "model:a", "name:b"],
    ["a AND b AND c", "b", "a AND c"],
    ["x NOT name:b y", "NOT name:b", "x y"],
    ["  model:a   name:b", "model:a", "name:b"],
    ["BRAND name:b", "name:b", "BRAND"],
  ])("%s without %s", (text, condition, expected) => {
    expect(removeChip(text, chipIn(text, condition))).toBe(expected);
  });
});

it("replaces a chip and leaves the rest as written", () => {
  const text = "a  (b OR c)  model:x";
  expect(replaceChip(text, chipIn(text, "model:x"), "model:(x, y)")).toBe(
    "a  (b OR c)  model:(x, y)",
  );
});

describe("negating", () => {
  it.each([
    ["model:a", "-model:a"],
    ["-model:a", "model:a"],
    ["NOT model:a", "model:a"],
    ["model!=a", "model:a"],
    ['name:"a!=b"', '-name:"a!=b"'],
    ["(model:a)", "-(model:a)"],
    ["timeout", "-timeout"],
  ])("%s becomes %s", (text, expected) => {
    expect(negated(text)).toBe(expected);
    expect(negateChip(`x ${text} y`, chipIn(`x ${text} y`, text))).toBe(`x ${expected} y`);
  });
});

describe("adding", () => {
  it.each([
    ["", "a:b", "a:b"],
    ["x", "a:b", "x a:b"],
    ["x OR y", "a:b", "(x OR y) a:b"],
    ["(x OR y)", "a:b", "(x OR y) a:b"],
    ['"x OR y"', "a:b", '"x OR y" a:b'],
  ])("%s and %s", (text, condition, expected) =>
    expect(addCondition(text, condition)).toBe(expected),
  );

  it("joins alternatives", () => {
    expect(anyOf(["a:1"])).toBe("a:1");
    expect(anyOf(["a:1", "b:2"])).toBe("(a:1 OR b:2)");
  });
});
