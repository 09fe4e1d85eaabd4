import { describe, expect, test } from "vitest";
import { outline, treeOf } from "@/test/span-trees";
import { buildTree, hasChildren, idOf, isRunning, nameOf, rowOf, typeOf } from "./model";
import { foldedAt, keepRows, shownRows } from "./visible";

const SMALL = `
plan
  chat llm
  search tool
    get general
answer llm
`;

const names = (tree: ReturnType<typeof buildTree>, rows: Iterable<number>) =>
  [...rows].map((row) => nameOf(tree, row));
const all = () => false;

describe("buildTree", () => {
  test("rows stand depth first, the trace above all", () => {
    const tree = buildTree(outline(SMALL));
    expect(names(tree, Array(tree.count).keys())).toEqual([
      "agent",
      "plan",
      "chat",
      "search",
      "get",
      "answer",
    ]);
    expect([...tree.depth]).toEqual([0, 1, 2, 2, 3, 1]);
    expect([...tree.parent]).toEqual([-1, 0, 1, 1, 3, 0]);
    expect([...tree.size]).toEqual([6, 4, 1, 2, 1, 1]);
    expect(tree.deepest).toBe(3);
    expect(typeOf(tree, 0)).toBe("trace");
    expect(typeOf(tree, 2)).toBe("llm");
  });

  test("columns that come level by level give the same rows", () => {
    const deep = outline(SMALL);
    const order = [0, 4, 1, 2, 3];
    const { spans } = deep;
    const levelled = {
      ...deep,
      spans: {
        ...spans,
        id: order.map((i) => spans.id[i] ?? ""),
        name: order.map((i) => spans.name[i] ?? ""),
        type: order.map((i) => spans.type[i] ?? "general"),
        parent: order.map((i) => order.indexOf(spans.parent[i] ?? -1)),
      },
    };
    const tree = buildTree(levelled);
    expect(names(tree, Array(tree.count).keys())).toEqual([
      "agent",
      "plan",
      "chat",
      "search",
      "get",
      "answer",
    ]);
  });

  test("a row is found by its id, an unknown one is not", () => {
    const tree = buildTree(outline(SMALL));
    for (let row = 0; row < tree.count; row++) expect(rowOf(tree, idOf(tree, row))).toBe(row);
    expect(rowOf(tree, "gone")).toBe(-1);
  });

  test("errors are counted upwards, without the row's own", () => {
    const tree = buildTree(
      treeOf([
        { name: "a", error: "E" },
        { name: "b", level: 1, error: "E" },
        { name: "c", level: 2, error: "E" },
      ]),
    );
    expect([...tree.errorsBelow]).toEqual([3, 2, 1, 0]);
  });

  test("what runs still reaches to the last known moment", () => {
    const tree = buildTree(
      treeOf(
        [
          { name: "a", start: 10, duration: null },
          { name: "b", start: 20, duration: 50 },
        ],
        null,
      ),
    );
    expect(isRunning(tree, 0)).toBe(true);
    expect(isRunning(tree, 1)).toBe(true);
    expect(isRunning(tree, 2)).toBe(false);
    expect([...tree.end]).toEqual([70, 70, 70]);
  });

  test("spans outside the trace's own times widen the axis", () => {
    const tree = buildTree(
      treeOf([
        { name: "early", start: -5, duration: 1 },
        { name: "late", start: 90, duration: 40 },
      ]),
    );
    expect([tree.from, tree.to]).toEqual([-5, 130]);
  });

  test("a trace without spans, and a chain of thousands", () => {
    expect(buildTree(treeOf([])).count).toBe(1);
    const chain = buildTree(
      treeOf(Array.from({ length: 5000 }, (_, i) => ({ name: "n", level: i }))),
    );
    expect(chain.deepest).toBe(5000);
    expect(chain.size[0]).toBe(5001);
  });
});

describe("shownRows", () => {
  test("a fold hides what is below, and stands for it", () => {
    const tree = buildTree(outline(SMALL));
    const shown = shownRows(tree, (row) => nameOf(tree, row) === "plan");
    expect(names(tree, shown.rows)).toEqual(["agent", "plan", "answer"]);
    expect([...shown.place]).toEqual([0, 1, 1, 1, 1, 2]);
  });

  test("the last shown child of each row ends its line", () => {
    const tree = buildTree(outline(SMALL));
    const lastOf = (shown: ReturnType<typeof shownRows>) =>
      names(
        tree,
        [...shown.rows].filter((row) => shown.last[row] === 1),
      );
    expect(lastOf(shownRows(tree, all))).toEqual(["search", "get", "answer"]);
    const kept = keepRows(tree, undefined, "chat");
    expect(lastOf(shownRows(tree, all, kept?.keep))).toEqual(["plan", "chat"]);
  });

  test("levels fold at their depth", () => {
    const tree = buildTree(outline(SMALL));
    const at = (levels: number) => {
      const folded = new Set(foldedAt(tree, levels));
      return names(tree, shownRows(tree, (row) => folded.has(row)).rows);
    };
    expect(at(1)).toEqual(["agent", "plan", "answer"]);
    expect(at(2)).toEqual(["agent", "plan", "chat", "search", "answer"]);
    expect(at(Number.POSITIVE_INFINITY)).toHaveLength(6);
    expect(hasChildren(tree, 5)).toBe(false);
  });
});

describe("keepRows", () => {
  const tree = buildTree(
    treeOf([
      { name: "plan" },
      { name: "Chat", level: 1, type: "llm", model: "gpt-4o" },
      { name: "search", level: 1, type: "tool", error: "Timeout" },
      { name: "answer", type: "llm" },
    ]),
  );
  const rows = (kept: ReturnType<typeof keepRows>) =>
    names(tree, shownRows(tree, all, kept?.keep).rows);

  test("without a filter there is none", () => {
    expect(keepRows(tree, undefined, "  ")).toBeUndefined();
  });

  test("hits stay with what they hang on", () => {
    const errors = keepRows(tree, "errors", "");
    expect(errors?.hits).toBe(1);
    expect(rows(errors)).toEqual(["agent", "plan", "search"]);
    expect(rows(keepRows(tree, "llm", ""))).toEqual(["agent", "plan", "Chat", "answer"]);
  });

  test("text is sought in names and models, whatever the case, and in what the server found", () => {
    expect(rows(keepRows(tree, undefined, "cHaT"))).toEqual(["agent", "plan", "Chat"]);
    expect(rows(keepRows(tree, undefined, "gpt"))).toEqual(["agent", "plan", "Chat"]);
    expect(rows(keepRows(tree, undefined, "refund", new Set([4])))).toEqual(["agent", "answer"]);
  });

  test("kind and text must both hold", () => {
    expect(keepRows(tree, "llm", "search")?.hits).toBe(0);
    expect(keepRows(tree, "llm", "answer")?.hits).toBe(1);
  });
});
