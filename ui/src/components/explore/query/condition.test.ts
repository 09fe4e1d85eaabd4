// @vitest-environment node

import { describe, expect, it } from "vitest";
import type { Chip } from "@/api/types";
import { conditionText, draftOf, fieldOf, isComplete, keyedName, nameIn } from "./condition";

const chip = (text: string, operator: string, values: string[], negated = false): Chip => ({
  start: 0,
  end: text.length,
  text,
  field: "name",
  key: "",
  operator,
  values,
  negated,
});

describe("writing a condition", () => {
  it.each([
    [{ name: "model", operation: "is", values: ["gpt-4o"] }, "", "model:gpt-4o"],
    [{ name: "model", operation: "is", values: ["a", "b c"] }, "", 'model:(a, "b c")'],
    [{ name: "model", operation: "is_not", values: ["a", "b"] }, "", "-model:(a, b)"],
    [{ name: "name", operation: "is", values: ['say "hi"'] }, "", 'name:"say \\"hi\\""'],
    [{ name: "name", operation: "is", values: ["a..b"] }, "", 'name:"a..b"'],
    [{ name: "name", operation: "is", values: ["null"] }, "", 'name:"null"'],
    [{ name: "name", operation: "contains", values: ["chat bot"] }, "", 'name:*"chat bot"*'],
    [{ name: "input", operation: "contains", values: ["chat"] }, "text", "input:chat"],
    [{ name: "name", operation: "not_contains", values: ["x"] }, "", "-name:*x*"],
    [{ name: "name", operation: "starts", values: ["chat"] }, "", "name:chat*"],
    [{ name: "name", operation: "not_ends", values: ["chat"] }, "", "-name:*chat"],
    [{ name: "duration", operation: "gt", values: ["2s"] }, "duration", "duration>2s"],
    [
      { name: "duration", operation: "between", values: ["1s", "5s"] },
      "duration",
      "duration:1s..5s",
    ],
    [{ name: "duration", operation: "between", values: ["", "5s"] }, "duration", "duration:..5s"],
    [
      { name: "start_time", operation: "between", values: ["2026-01-01T00:00", "-24h"] },
      "time",
      "start_time:2026-01-01T00:00..-24h",
    ],
    [{ name: "score.x", operation: "is", values: ["0.5"] }, "score", "score.x:0.5"],
    [{ name: "tags", operation: "empty", values: [] }, "", "-tags:*"],
    [{ name: "tags", operation: "not_empty", values: [] }, "", "tags:*"],
  ] as const)("%o", (draft, kind, expected) => {
    expect(conditionText({ ...draft, values: [...draft.values] }, kind)).toBe(expected);
  });
});

describe("reading a chip", () => {
  it.each([
    [chip("model:a", "=", ["a"]), "model", "is", ["a"]],
    [chip("-model:(a, b)", "in", ["a", "b"], true), "model", "is_not", ["a", "b"]],
    [chip("model!=a", "!=", ["a"]), "model", "is_not", ["a"]],
    [chip("NOT name:*x*", "contains", ["*x*"], true), "name", "not_contains", ["x"]],
    [chip("(name:x*)", "starts_with", ["x*"]), "name", "starts", ["x"]],
    [chip("duration:1s..5s", "range", ["1s", "5s"]), "duration", "between", ["1s", "5s"]],
    [chip("-duration>2s", ">", ["2s"], true), "duration", "lte", ["2s"]],
    [chip('score."my score">=0.5', ">=", ["0.5"]), 'score."my score"', "gte", ["0.5"]],
    [chip("-tags:*", "is_empty", []), "tags", "empty", []],
  ])("%o", (from, name, operation, values) => {
    expect(draftOf(from)).toEqual({ name, operation, values });
  });

  it("has no form for free text", () => {
    expect(draftOf(chip('"a:b"', "contains", ["a:b"]))).toBeUndefined();
    expect(nameIn({ text: "timeout" })).toBeUndefined();
  });
});

it("finds the field of a name, the longest first", () => {
  const fields = [
    { name: "usage", aliases: [] },
    { name: "feedback_scores", aliases: ["score"] },
    { name: "tokens", aliases: [] },
  ];
  expect(fieldOf(fields, "score.accuracy")).toEqual({ field: fields[1], key: "accuracy" });
  expect(fieldOf(fields, "tokens")).toEqual({ field: fields[2], key: "" });
  expect(fieldOf(fields, "scores")).toBeUndefined();
});

it("quotes odd keys", () => {
  expect(keyedName("metadata", "user.id")).toBe("metadata.user.id");
  expect(keyedName("score", "my score")).toBe('score."my score"');
});

it("knows what is complete", () => {
  expect(isComplete({ name: "a", operation: "is", values: [] })).toBe(false);
  expect(isComplete({ name: "a", operation: "empty", values: [] })).toBe(true);
  expect(isComplete({ name: "a", operation: "between", values: ["", "2"] })).toBe(true);
  expect(isComplete({ name: "score.", operation: "is", values: ["1"] })).toBe(false);
});
