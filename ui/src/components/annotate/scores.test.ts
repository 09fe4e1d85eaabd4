import { expect, test } from "vitest";
import type { FeedbackDefinition, FeedbackScore } from "@/api/types";
import { fieldsOf, givenBy, ownOf, problemOf, stepOf } from "./scores";

const definition = (
  name: string,
  type: FeedbackDefinition["type"],
  details: FeedbackDefinition["details"],
): FeedbackDefinition => ({ id: name, name, type, details });

const several: FeedbackScore = {
  name: "accuracy",
  value: 0.6,
  value_by_author: {
    ann: { value: 0.4, source: "ui", last_updated_at: "2026-01-01T00:00:00Z" },
    bob: { value: 0.8, reason: "fine", source: "sdk", last_updated_at: "2026-01-02T00:00:00Z" },
  },
};

test("each author's score is told apart, the latest first", () => {
  expect(givenBy(several).map((one) => [one.author, one.value])).toEqual([
    ["bob", 0.8],
    ["ann", 0.4],
  ]);
  expect(ownOf(several, "ann")?.value).toBe(0.4);
  expect(ownOf(several, "eve")).toBeUndefined();
  expect(ownOf({ name: "x", value: 1, created_by: "ann" }, "ann")?.value).toBe(1);
});

test("the form has a line a definition by name, choices by value, and own scores without one", () => {
  const fields = fieldsOf(
    [
      definition("tone", "categorical", { categories: { good: 1, bad: 0 } }),
      definition("right", "boolean", { trueLabel: "Yes", falseLabel: "No" }),
      definition("accuracy", "numerical", { min: 0, max: 1 }),
    ],
    [
      several,
      { name: "mine", value: 3, created_by: "ann" },
      { name: "theirs", value: 3, created_by: "bob" },
    ],
    "ann",
  );
  expect(fields.map((f) => f.name)).toEqual(["accuracy", "right", "tone", "mine"]);
  expect(fields[0]).toMatchObject({ kind: "number", min: 0, max: 1 });
  expect(fields[1]).toMatchObject({
    choices: [
      { label: "Yes", value: 1 },
      { label: "No", value: 0 },
    ],
  });
  expect(fields[2]).toMatchObject({
    choices: [
      { label: "bad", value: 0 },
      { label: "good", value: 1 },
    ],
  });
});

test("a number outside its bounds is told before it is sent", () => {
  const field = { kind: "number", name: "a", description: "", min: 1, max: 5 } as const;
  expect(problemOf(field, "3.5")).toBe("");
  expect(problemOf(field, "0")).toBe("At least 1");
  expect(problemOf(field, "6")).toBe("At most 5");
  expect(problemOf(field, "")).not.toBe("");
  expect([stepOf(0, 1), stepOf(0, 10), stepOf(0, 100)]).toEqual([0.01, 0.1, 1]);
});
