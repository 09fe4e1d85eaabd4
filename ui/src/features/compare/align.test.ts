import { describe, expect, test } from "vitest";
import { buildTree, nameOf, type TreeModel } from "@/components/span-tree/model";
import { outline, type SpanSpec, treeOf } from "@/test/span-trees";
import { align, type Merged } from "./align";

/** Writes a merged tree as lines: ` ` both, `+` added, `-` removed, `~` under two names. */
function draw(a: TreeModel, b: TreeModel, merged: Merged): string[] {
  const lines: string[] = [];
  for (let row = 1; row < merged.count; row++) {
    const x = merged.a[row] ?? -1;
    const y = merged.b[row] ?? -1;
    const before = x < 0 ? "" : nameOf(a, x);
    const after = y < 0 ? "" : nameOf(b, y);
    const sign = x < 0 ? "+" : y < 0 ? "-" : before === after ? " " : "~";
    const name = sign === "~" ? `${before}>${after}` : before || after;
    lines.push(`${sign} ${"  ".repeat((merged.depth[row] ?? 1) - 1)}${name}`);
  }
  return lines;
}

function compare(a: string, b: string): string[] {
  const left = buildTree(outline(a));
  const right = buildTree(outline(b));
  return draw(left, right, align(left, right));
}

describe("align", () => {
  test("equal trees pair row by row", () => {
    expect(
      compare("plan\n  llm llm\nact\n  tool tool", "plan\n  llm llm\nact\n  tool tool"),
    ).toEqual(["  plan", "    llm", "  act", "    tool"]);
  });

  test("an empty trace against a full one", () => {
    expect(compare("", "plan\n  llm llm")).toEqual(["+ plan", "+   llm"]);
    expect(compare("plan\n  llm llm", "")).toEqual(["- plan", "-   llm"]);
  });

  test("inserted and removed subtrees keep their place", () => {
    expect(compare("a\nb\nc", "a\nx\n  y\nb\nc")).toEqual(["  a", "+ x", "+   y", "  b", "  c"]);
    expect(compare("a\nx\n  y\nb\nc", "a\nb\nc")).toEqual(["  a", "- x", "-   y", "  b", "  c"]);
  });

  test("what was removed stands before what came in its place", () => {
    expect(compare("a\nold tool\nc", "a\nnew tool\nc")).toEqual(["  a", "- old", "+ new", "  c"]);
  });

  test("a retry is one more of the repeated siblings, and the last one", () => {
    expect(compare("call tool\ncall tool", "call tool\ncall tool\ncall tool")).toEqual([
      "  call",
      "  call",
      "+ call",
    ]);
  });

  test("repeated siblings pair by what they do below", () => {
    const a = "step\n  search tool\nstep\n  answer llm";
    const b = "step\n  check guardrail\nstep\n  search tool\nstep\n  answer llm";
    expect(compare(a, b)).toEqual([
      "+ step",
      "+   check",
      "  step",
      "    search",
      "  step",
      "    answer",
    ]);
  });

  test("a change deep below leaves the way to it paired", () => {
    const a = "root\n  step\n    search tool\n  step\n    answer llm";
    const b = "root\n  step\n    search tool\n    rank tool\n  step\n    answer llm";
    expect(compare(a, b)).toEqual([
      "  root",
      "    step",
      "      search",
      "+     rank",
      "    step",
      "      answer",
    ]);
  });

  test("another model's call in the place of one is the same step", () => {
    expect(compare("plan\n  gpt-4o llm", "plan\n  claude llm")).toEqual([
      "  plan",
      "~   gpt-4o>claude",
    ]);
  });

  test("numbers in names do not tell steps apart", () => {
    expect(compare("chunk-17 tool", "chunk-23 tool")).toEqual(["~ chunk-17>chunk-23"]);
  });

  test("a renamed span over the same steps is renamed", () => {
    expect(compare("agent\n  plan\n  act", "agent-v2-beta\n  plan\n  act")).toEqual([
      "~ agent>agent-v2-beta",
      "    plan",
      "    act",
    ]);
  });

  test("a renamed span over mostly the same steps is renamed", () => {
    const a = "assistant\n  plan\n  act\n  answer llm";
    const b = "helper\n  plan\n  look tool\n  act\n  answer llm";
    expect(compare(a, b)).toEqual([
      "~ assistant>helper",
      "    plan",
      "+   look",
      "    act",
      "    answer",
    ]);
  });

  test("a tool in the place of another tool is another step", () => {
    expect(compare("search tool", "fetch tool")).toEqual(["- search", "+ fetch"]);
  });

  test("steps that were put into a new span are the same steps", () => {
    expect(compare("plan\nact\nanswer llm", "retry\n  plan\n  act\n  answer llm")).toEqual([
      "+ retry",
      "    plan",
      "    act",
      "    answer",
    ]);
    expect(compare("plan\nact", "outer\n  inner\n    plan\n    act")).toEqual([
      "+ outer",
      "+   inner",
      "      plan",
      "      act",
    ]);
  });

  test("steps that were taken out of a span are the same steps", () => {
    expect(compare("retry\n  plan\n  act\n  answer llm", "plan\nact\nanswer llm")).toEqual([
      "- retry",
      "    plan",
      "    act",
      "    answer",
    ]);
  });

  test("a wrapper among siblings takes only its own", () => {
    expect(compare("a\nb\nc\nd", "a\nwrap\n  b\n  c\nd")).toEqual([
      "  a",
      "+ wrap",
      "    b",
      "    c",
      "  d",
    ]);
  });

  test("each span of both is in the merged tree once, under its parent", () => {
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % n;
    };
    const some = (): SpanSpec[] => {
      const specs: SpanSpec[] = [{ name: "s0", level: 0 }];
      for (let i = 1; i < 60; i++) {
        const deepest = (specs.at(-1)?.level ?? 0) + 1;
        specs.push({ name: `s${"abcd"[random(4)]}`, level: random(deepest + 1) });
      }
      return specs;
    };
    for (let round = 0; round < 50; round++) {
      const a = buildTree(treeOf(some()));
      const b = buildTree(treeOf(some()));
      const merged = align(a, b);
      const rows = (of: Int32Array) => [...of].filter((row) => row >= 0).sort((x, y) => x - y);
      expect(rows(merged.a)).toEqual([...Array(a.count).keys()]);
      expect(rows(merged.b)).toEqual([...Array(b.count).keys()]);
      for (let row = 1; row < merged.count; row++) {
        const above = merged.parent[row] ?? -1;
        expect(above).toBeLessThan(row);
        expect(above + (merged.size[above] ?? 0)).toBeGreaterThanOrEqual(
          row + (merged.size[row] ?? 0),
        );
      }
    }
  });

  test("ten thousand against ten thousand siblings, shuffled, repeated and cut", () => {
    const many = (name: (i: number) => string, n = 10_000): TreeModel =>
      buildTree(treeOf(Array.from({ length: n }, (_, i) => ({ name: name(i) }))));
    const unique = align(
      many((i) => `s${i}x`),
      many((i) => `s${(i * 7919) % 10_007}x`),
    );
    expect(unique.count).toBeGreaterThan(10_000);
    const repeated = align(
      many((i) => `kind ${"abcdefg"[(i * 31) % 7]}`),
      many((i) => `kind ${"abcdefg"[((i + 3) * 31) % 7]}`, 9_500),
    );
    // All but the few at the ends find their like.
    expect(repeated.count).toBeLessThan(10_600);
    const shifted = align(
      many((i) => `${i % 2 ? "a" : "b"}`),
      many((i) => (i < 100 ? "new" : i % 2 ? "a" : "b"), 10_100),
    );
    expect(shifted.count).toBe(10_101);
  });

  test("ten thousand levels", () => {
    const deep = (n: number) =>
      buildTree(treeOf(Array.from({ length: n }, (_, i) => ({ name: "level", level: i }))));
    expect(align(deep(10_000), deep(9_990)).count).toBe(10_001);
  });
});
