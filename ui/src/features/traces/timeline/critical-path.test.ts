import { describe, expect, test } from "vitest";
import { buildTree, nameOf } from "@/components/span-tree/model";
import { type SpanSpec, treeOf } from "@/test/span-trees";
import { criticalPath } from "./critical-path";

/** The path as `name from–to`. */
function path(specs: SpanSpec[], duration: number | null = 100): string[] {
  const tree = buildTree(treeOf(specs, duration));
  const found = criticalPath(tree);
  return [...found.row].map((row, i) => `${nameOf(tree, row)} ${found.from[i]}–${found.to[i]}`);
}

describe("criticalPath", () => {
  test("a trace without spans is all its own", () => {
    expect(path([])).toEqual(["agent 0–100"]);
  });

  test("one after the other, with the time between", () => {
    expect(
      path([
        { name: "a", start: 10, duration: 20 },
        { name: "b", start: 40, duration: 50 },
      ]),
    ).toEqual(["agent 0–10", "a 10–30", "agent 30–40", "b 40–90", "agent 90–100"]);
  });

  test("of what runs side by side the one that ends last holds up", () => {
    expect(
      path([
        { name: "fast", start: 0, duration: 30 },
        { name: "slow", start: 0, duration: 90 },
        { name: "end", start: 90, duration: 10 },
      ]),
    ).toEqual(["slow 0–90", "end 90–100"]);
  });

  test("goes into children, and back to the parent where it works alone", () => {
    expect(
      path([
        { name: "plan", start: 0, duration: 100 },
        { name: "chat", level: 1, start: 20, duration: 30 },
        { name: "tokens", level: 2, start: 25, duration: 5 },
        { name: "search", level: 1, start: 60, duration: 40 },
      ]),
    ).toEqual([
      "plan 0–20",
      "chat 20–25",
      "tokens 25–30",
      "chat 30–50",
      "plan 50–60",
      "search 60–100",
    ]);
  });

  test("a chain of overlapping children: each waited for the one that ended before it", () => {
    expect(
      path([
        { name: "a", start: 0, duration: 50 },
        { name: "beside", start: 10, duration: 60 },
        { name: "b", start: 50, duration: 50 },
      ]),
    ).toEqual(["a 0–50", "b 50–100"]);
  });

  test("a child that outlives its parent counts up to the parent's end", () => {
    expect(
      path([
        { name: "parent", start: 0, duration: 60 },
        { name: "late", level: 1, start: 20, duration: 70 },
        { name: "deep", level: 2, start: 30, duration: 55 },
        { name: "last", start: 60, duration: 40 },
      ]),
    ).toEqual(["parent 0–20", "late 20–30", "deep 30–60", "last 60–100"]);
  });

  test("spans that end after the trace lengthen it", () => {
    expect(path([{ name: "a", start: 90, duration: 30 }])).toEqual(["agent 0–90", "a 90–120"]);
  });

  test("the stretches follow one another, from the start to the end, and own times add up", () => {
    let seed = 3;
    const random = (n: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % n;
    };
    for (let round = 0; round < 40; round++) {
      const specs: SpanSpec[] = [];
      for (let i = 0; i < 80; i++) {
        const deepest = i === 0 ? 0 : (specs[i - 1]?.level ?? 0) + 1;
        specs.push({
          name: `s${i}`,
          level: random(deepest + 1),
          start: random(900) - 20,
          duration: random(8) === 0 ? 0 : random(300),
        });
      }
      const tree = buildTree(treeOf(specs, 1000));
      const found = criticalPath(tree);
      let at = tree.from;
      found.from.forEach((from, i) => {
        expect(from).toBe(at);
        at = found.to[i] ?? 0;
      });
      expect(at).toBe(tree.to);
      expect(found.own.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(tree.to - tree.from, 6);
    }
  });

  test("a chain of ten thousand", () => {
    const specs = Array.from({ length: 10_000 }, (_, i) => ({
      name: "n",
      level: i,
      start: i,
      duration: 20_000 - 2 * i,
    }));
    expect(path(specs, 20_000)).toHaveLength(19_999);
  });
});
