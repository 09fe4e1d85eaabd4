import { expect, test } from "vitest";
import { buildTree } from "@/components/span-tree/model";
import { type SpanSpec, treeOf } from "@/test/span-trees";
import { align } from "./align";
import { type Comparison, changesOf, deltaOf, keepDifferent, statusesOf } from "./differences";

function compare(a: SpanSpec[], b: SpanSpec[]): Comparison {
  const left = buildTree(treeOf(a, 100));
  const right = buildTree(treeOf(b, 160));
  return { a: left, b: right, merged: align(left, right) };
}

const PLAN: SpanSpec = { name: "plan" };
const CHAT: SpanSpec = {
  name: "chat",
  level: 1,
  type: "llm",
  model: "gpt-4o",
  tokens: 100,
  cost: 0.1,
};

test("says what changed, from what to what", () => {
  const found = compare([PLAN, CHAT], [PLAN, { ...CHAT, model: "gpt-5", error: "RateLimit" }]);
  expect(changesOf(found, 1)).toEqual([]);
  expect(changesOf(found, 2)).toEqual([
    { what: "error", before: "", after: "RateLimit" },
    { what: "model", before: "gpt-4o", after: "gpt-5" },
  ]);
});

test("texts are compared where they are known", () => {
  const found = compare([PLAN, CHAT], [PLAN, CHAT]);
  const texts = (output: string) =>
    new Map([
      ["span-0", { input: "", output: "" }],
      ["span-1", { input: "hi", output }],
    ]);
  const other = { ...found, previews: { a: texts("yes"), b: texts("no") } };
  expect(changesOf(other, 2).map((change) => change.what)).toEqual(["output"]);
  expect(changesOf({ ...found, previews: { a: texts("yes"), b: texts("yes") } }, 2)).toEqual([]);
});

test("counts what was added, removed and changed, and keeps it with what it hangs on", () => {
  const found = compare(
    [PLAN, CHAT, { name: "old", type: "tool" }],
    [PLAN, { ...CHAT, model: "gpt-5" }, { name: "new", type: "tool" }, { name: "more", level: 1 }],
  );
  const statuses = statusesOf(found);
  expect(statuses.of).toEqual(["same", "same", "changed", "removed", "added", "added"]);
  expect(statuses).toMatchObject({ added: 2, removed: 1, changed: 1 });
  expect([...keepDifferent(found.merged, statuses)]).toEqual([1, 1, 1, 1, 1, 1]);
  const same = compare([PLAN, CHAT], [PLAN, CHAT]);
  expect([...keepDifferent(same.merged, statusesOf(same))]).toEqual([1, 0, 0]);
});

test("deltas of a step, of what is on one side only, and of what neither side has", () => {
  const found = compare(
    [PLAN, { ...CHAT, duration: 10 }],
    [PLAN, { ...CHAT, duration: 30, tokens: 40 }, { name: "new", duration: 5, cost: 2 }],
  );
  expect(deltaOf(found, 0, "duration")).toEqual({ before: 100, after: 160, delta: 60 });
  expect(deltaOf(found, 2, "duration").delta).toBe(20);
  expect(deltaOf(found, 2, "tokens").delta).toBe(-60);
  expect(deltaOf(found, 3, "cost")).toEqual({ before: null, after: 2, delta: 2 });
  expect(deltaOf(found, 3, "tokens").delta).toBeNull();
});
