// @vitest-environment node

import { describe, expect, it } from "vitest";
import type { QueryField } from "@/api/types";
import { applySuggestion, contextAt, suggestionsFor } from "./completion";

/** The caret is where the bar stands. */
function at(marked: string) {
  const caret = marked.indexOf("|");
  const text = marked.replace("|", "");
  return { text, context: contextAt(text, caret) };
}

const field = (name: string, kind: string, more: Partial<QueryField> = {}): QueryField => ({
  name,
  kind,
  aliases: [],
  operators: kind === "duration" ? [":", "=", "!=", ">", ">=", "<", "<=", ".."] : [":", "!=", "*"],
  keys: [],
  values: [],
  description: `The ${name}`,
  ...more,
});
const FIELDS = [
  field("name", "string"),
  field("model", "string"),
  field("duration", "duration"),
  field("total_estimated_cost", "cost", { aliases: ["cost"], short: "cost" }),
  field("feedback_scores", "score", {
    aliases: ["score"],
    short: "score",
    needs_key: true,
    keys: ["accuracy", "my score"],
  }),
  field("metadata", "dictionary", { keys: ["user", "user.id"] }),
];
const labels = (marked: string) => {
  const { text, context } = at(marked);
  return suggestionsFor(context, FIELDS, text).map((s) => s.label);
};

describe("contextAt", () => {
  it.each([
    ["|", { kind: "field", from: 0, to: 0, prefix: "" }],
    ["mo|", { kind: "field", from: 0, to: 2, prefix: "mo" }],
    ["mo|del", { kind: "field", from: 0, to: 5, prefix: "mo" }],
    ["-mo|", { kind: "field", from: 1, to: 3, prefix: "mo" }],
    ["a (mo|", { kind: "field", from: 3, to: 5, prefix: "mo" }],
    ["model:a |", { kind: "field", from: 8, to: 8, prefix: "" }],
    ["metadata.us|", { kind: "key", from: 0, to: 11, name: "metadata", prefix: "us" }],
    ['score."my s|', { kind: "key", from: 0, to: 11, name: "score", prefix: "my s" }],
    [
      "model:|",
      { kind: "value", from: 6, to: 6, name: "model", operator: ":", inList: false, prefix: "" },
    ],
    [
      "model:g|pt x",
      { kind: "value", from: 6, to: 9, name: "model", operator: ":", inList: false, prefix: "g" },
    ],
    [
      'model!="a b|"',
      {
        kind: "value",
        from: 7,
        to: 12,
        name: "model",
        operator: "!=",
        inList: false,
        prefix: "a b",
      },
    ],
    [
      "model:(|",
      { kind: "value", from: 7, to: 7, name: "model", operator: ":", inList: true, prefix: "" },
    ],
    [
      "model:(a, b|, c)",
      { kind: "value", from: 10, to: 11, name: "model", operator: ":", inList: true, prefix: "b" },
    ],
    [
      "model:(a, |)",
      { kind: "value", from: 10, to: 10, name: "model", operator: ":", inList: true, prefix: "" },
    ],
    ["model:(a)|", { kind: "field", from: 9, to: 9, prefix: "" }],
  ])("%s", (marked, expected) => expect(at(marked).context).toMatchObject(expected));

  it.each([
    ["name:x model:g|pt tag:y", "name:x tag:y"],
    ["-model:| tag:y", "tag:y"],
    ["model:(a, b|, c) tag:y", "tag:y"],
    ["tag:y model:(a, |", "tag:y"],
  ])("%s: the rest is %s", (marked, rest) =>
    expect(at(marked).context).toMatchObject({ kind: "value", rest }),
  );
});

describe("suggestions", () => {
  it("puts names that begin so before names that hold it", () => {
    expect(labels("m|")).toEqual(["model", "metadata", "name", "cost"]);
  });
  it("finds a field by its other name", () => {
    expect(labels("scor|")).toEqual(["score"]);
  });
  it("offers comparisons once a figure is named, the likely first", () => {
    expect(labels("duration|").slice(0, 3)).toEqual(["duration>", "duration>=", "duration<"]);
  });
  it("offers keys", () => {
    expect(labels("score.|")).toEqual(["score.accuracy", "score.my score"]);
    expect(labels("metadata.user.|")).toEqual(["metadata.user.id"]);
  });
  it("offers OR only where something stands before it", () => {
    expect(labels("|")).not.toContain("OR");
    expect(labels("model:a |")).toContain("OR");
    expect(labels("model:a OR |")).not.toContain("OR");
  });
});

describe("choosing", () => {
  const choose = (marked: string, label: string) => {
    const { text, context } = at(marked);
    const found = suggestionsFor(context, FIELDS, text).find((s) => s.label === label);
    if (!found) throw new Error(`no ${label}`);
    const done = applySuggestion(text, context, found);
    return `${done.text.slice(0, done.caret)}|${done.text.slice(done.caret)}`;
  };
  it.each([
    ["mo|", "model", "model:|"],
    ["dur|", "duration", "duration|"],
    ["duration|", "duration>", "duration>|"],
    ["co|", "cost", "cost|"],
    ["sc|", "score", "score.|"],
    ["score.my|", "score.my score", 'score."my score"|'],
    ["metadata.us|", "metadata.user", "metadata.user:|"],
    ["-mo| name:x", "model", "-model:| name:x"],
    ["model:a |", "OR", "model:a OR |"],
  ])("%s, %s", (marked, label, expected) => expect(choose(marked, label)).toBe(expected));

  it("does not double the space behind a value", () => {
    const value = { id: "v", section: "Values", label: "a", insert: "a " } as const;
    expect(applySuggestion("model: x", { from: 6, to: 6 }, value)).toEqual({
      text: "model:a x",
      caret: 8,
    });
  });
});
