import { expect, test } from "vitest";
import { draftOf, formOf } from "./definition-draft";

const form = (more: object) => ({ ...formOf(undefined), name: "accuracy", ...more });

test("what a definition says comes back from its form", () => {
  const definition = {
    id: "1",
    name: "tone",
    description: "How it sounds",
    type: "categorical" as const,
    details: { categories: { kind: 1, rude: 0 } },
  };
  expect(draftOf(formOf(definition))).toEqual({
    name: "tone",
    description: "How it sounds",
    type: "categorical",
    details: { categories: { kind: 1, rude: 0 } },
  });
});

test.each([
  [{ name: " " }, "Give it a name"],
  [{ min: "1", max: "1" }, "The smallest value must be a number below the largest"],
  [{ min: "", max: "5" }, "The smallest value must be a number below the largest"],
  [{ type: "boolean", trueLabel: "" }, "Give both labels"],
  [
    { type: "categorical", categories: [{ name: "a", value: "1" }] },
    "Give at least two categories",
  ],
  [
    { type: "categorical", categories: [{ name: "a", value: "x" }] },
    "Each category needs a name and a number",
  ],
  [
    {
      type: "categorical",
      categories: [
        { name: "a", value: "1" },
        { name: "a ", value: "2" },
      ],
    },
    "Two categories are called a",
  ],
])("%j is refused: %s", (more, problem) => expect(draftOf(form(more))).toEqual({ problem }));
