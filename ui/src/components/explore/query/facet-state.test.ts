// @vitest-environment node

import { describe, expect, it } from "vitest";
import type { Chip, Facet, FacetValue } from "@/api/types";
import { type Mark, markOf, markOfMissing, setMark, setMissing } from "./facet-state";

const value = (name: string, query: string): FacetValue => ({
  value: name,
  label: name,
  count: 1,
  query,
});
const MODELS: Facet = {
  field: "model",
  label: "Model",
  kind: "values",
  values: [value("a", "model:a"), value("b c", 'model:"b c"'), value("d", "model:d")],
};
const SCORES: Facet = {
  field: "score.acc",
  label: "acc",
  kind: "buckets",
  values: [
    value("0..<0.25", "score.acc:0..<0.25"),
    value("0.25..<0.5", "score.acc:0.25..<0.5"),
    value("0.5..<0.75", "score.acc:0.5..<0.75"),
    value("0.75..1", "score.acc:0.75..1"),
  ],
};

type Said = Pick<Chip, "operator" | "values"> & Partial<Chip>;
/** Chips as the server reads them out of a text. */
function chips(text: string, ...said: [condition: string, Said][]): Chip[] {
  return said.map(([condition, more]) => {
    const start = text.indexOf(condition);
    const base = { field: "model", key: "", negated: condition.startsWith("-") };
    return { ...base, start, end: start + condition.length, text: condition, ...more };
  });
}
const [A, BC, D] = MODELS.values as [FacetValue, FacetValue, FacetValue];

describe("values", () => {
  it("writes the first one as the server spells it", () => {
    expect(setMark("name:x", MODELS, BC, [], "in")).toBe('name:x model:"b c"');
    expect(setMark("", MODELS, A, [], "out")).toBe("-model:a");
    expect(setMark("x OR y", MODELS, A, [], "in")).toBe("(x OR y) model:a");
  });

  it("makes a list of several, in place", () => {
    const text = "model:a name:x";
    const found = chips(text, ["model:a", { operator: "=", values: ["a"] }]);
    expect(setMark(text, MODELS, BC, found, "in")).toBe('model:(a, "b c") name:x');
  });

  it("takes one out of a list, and the last one away", () => {
    const text = 'x model:(a, "b c")';
    const found = chips(text, ['model:(a, "b c")', { operator: "in", values: ["a", "b c"] }]);
    expect(setMark(text, MODELS, A, found, "off")).toBe('x model:"b c"');
    const single = chips("x model:a", ["model:a", { operator: "=", values: ["a"] }]);
    expect(setMark("x model:a", MODELS, A, single, "off")).toBe("x");
  });

  it("moves a value from the wanted to the unwanted", () => {
    const text = "model:(a, d) -model:e";
    const found = chips(
      text,
      ["model:(a, d)", { operator: "in", values: ["a", "d"] }],
      ["-model:e", { operator: "=", values: ["e"] }],
    );
    expect(setMark(text, MODELS, D, found, "out")).toBe("model:a -model:(e, d)");
    const single = chips("model:a x", ["model:a", { operator: "=", values: ["a"] }]);
    expect(setMark("model:a x", MODELS, A, single, "out")).toBe("x -model:a");
  });

  it("leaves what it need not change", () => {
    const text = "model:a";
    const found = chips(text, ["model:a", { operator: "=", values: ["a"] }]);
    expect(setMark(text, MODELS, A, found, "in")).toBe(text);
    expect(setMark(text, MODELS, D, found, "off")).toBe(text);
  });

  it("shows what the text says, however it says it", () => {
    const marks = (text: string, said: Said): Mark[] =>
      MODELS.values.map((v) => markOf(MODELS, v, chips(text, [text, said])));
    expect(marks("model:(A, d)", { operator: "in", values: ["A", "d"] })).toEqual([
      "in",
      "off",
      "in",
    ]);
    expect(marks("model!=a", { operator: "!=", values: ["a"] })).toEqual(["out", "off", "off"]);
    expect(marks("-model:a", { operator: "=", values: ["a"] })).toEqual(["out", "off", "off"]);
    expect(marks("model:a*", { operator: "starts_with", values: ["a*"] })).toEqual([
      "off",
      "off",
      "off",
    ]);
    const other = chips("name:a", ["name:a", { field: "name", operator: "=", values: ["a"] }]);
    expect(markOf(MODELS, A, other)).toBe("off");
  });
});

describe("buckets", () => {
  const at = (i: number) => SCORES.values[i] as FacetValue;
  const range = (text: string, values: string[], operator = "range_exclusive") =>
    chips(text, [text, { field: "feedback_scores", key: "acc", operator, values }]);

  it("joins buckets that touch", () => {
    const one = "score.acc:0.25..<0.5";
    expect(setMark(one, SCORES, at(2), range(one, ["0.25", "0.5"]), "in")).toBe(
      "score.acc:0.25..<0.75",
    );
    expect(setMark(one, SCORES, at(0), range(one, ["0.25", "0.5"]), "in")).toBe(
      "score.acc:0..<0.5",
    );
    const high = "score.acc:0.5..<0.75";
    expect(setMark(high, SCORES, at(3), range(high, ["0.5", "0.75"]), "in")).toBe(
      "score.acc:0.5..1",
    );
  });
  it("goes to another one that does not touch", () => {
    const one = "score.acc:0..<0.25";
    expect(setMark(one, SCORES, at(3), range(one, ["0", "0.25"]), "in")).toBe("score.acc:0.75..1");
  });
  it("gives one back from either end", () => {
    const wide = "score.acc:0..<0.75";
    expect(setMark(wide, SCORES, at(0), range(wide, ["0", "0.75"]), "off")).toBe(
      "score.acc:0.25..<0.75",
    );
    expect(setMark(wide, SCORES, at(2), range(wide, ["0", "0.75"]), "off")).toBe(
      "score.acc:0..<0.5",
    );
    const one = "score.acc:0..<0.25";
    expect(setMark(one, SCORES, at(0), range(one, ["0", "0.25"]), "off")).toBe("");
  });
  it("knows a score by its long name", () => {
    const text = "feedback_scores.acc:0..<0.25";
    const found = range(text, ["0", "0.25"]);
    expect(markOf(SCORES, at(0), found)).toBe("in");
    expect(setMark(text, SCORES, at(0), found, "off")).toBe("");
  });
  it("marks all that the range covers", () => {
    const wide = "score.acc:0.25..1";
    const found = range(wide, ["0.25", "1"], "range");
    expect(SCORES.values.map((v) => markOf(SCORES, v, found))).toEqual(["off", "in", "in", "in"]);
  });
});

describe("the rows without the field", () => {
  it("asks for them and gives them up", () => {
    expect(setMissing("x", MODELS, [], "in")).toBe("x -model:*");
    const found = chips("x -model:*", [
      "-model:*",
      { operator: "is_empty", values: [], negated: false },
    ]);
    expect(markOfMissing(MODELS, found)).toBe("in");
    expect(setMissing("x -model:*", MODELS, found, "off")).toBe("x");
    expect(setMissing("x -model:*", MODELS, found, "out")).toBe("x model:*");
  });
});
