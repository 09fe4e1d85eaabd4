import { describe, expect, test } from "vitest";
import { buildTree } from "@/components/span-tree/model";
import { type SpanSpec, treeOf } from "@/test/span-trees";
import { declaredGraph, graphText } from "./declared-graph";
import { heatOf } from "./heat";
import { inferGraph } from "./infer-graph";
import { layout } from "./layout";

const AGENT: SpanSpec[] = [
  { name: "run", start: 0, duration: 100 },
  { name: "think", level: 1, type: "llm", start: 0, duration: 20, cost: 0.5 },
  { name: "search", level: 1, type: "tool", start: 20, duration: 20, error: "Timeout" },
  { name: "think", level: 1, type: "llm", start: 40, duration: 30, cost: 0.5 },
  { name: "search", level: 1, type: "tool", start: 70, duration: 20 },
];
const graphOf = (specs: SpanSpec[], most?: number) => inferGraph(buildTree(treeOf(specs)), most);
const edgesOf = (graph: ReturnType<typeof inferGraph>) => {
  const labels = new Map(graph.nodes.map((node) => [node.id, node.label]));
  return graph.edges.map(
    ({ from, to, kind, count }) => `${labels.get(from)} ${kind} ${labels.get(to)} ${count}`,
  );
};

describe("inferGraph", () => {
  test("spans of one type and name are one node", () => {
    const { nodes } = graphOf(AGENT);
    expect(nodes.map(({ type, label, rows }) => [type, label, rows.length])).toEqual([
      ["trace", "agent", 1],
      ["general", "run", 1],
      ["llm", "think", 2],
      ["tool", "search", 2],
    ]);
    expect(nodes[2]).toMatchObject({ duration: 50, cost: 1, errors: 0 });
    expect(nodes[3]).toMatchObject({ duration: 40, errors: 1 });
  });

  test("edges say who called whom and what came after what, and how often", () => {
    expect(edgesOf(graphOf(AGENT))).toEqual([
      "agent call run 1",
      "run call think 2",
      "run call search 2",
      "think then search 2",
      "search then think 1",
    ]);
  });

  test("what runs side by side has no order", () => {
    const edges = edgesOf(
      graphOf([
        { name: "a", start: 0, duration: 50 },
        { name: "b", start: 10, duration: 50 },
      ]),
    );
    expect(edges).toEqual(["agent call a 1", "agent call b 1"]);
  });

  test("names that differ in a number are one node when there are too many", () => {
    const chunks = Array.from({ length: 30 }, (_, i) => ({ name: `chunk ${i}` }));
    expect(graphOf(chunks, 50).nodes).toHaveLength(31);
    expect(graphOf(chunks, 10).nodes.map((node) => node.label)).toEqual(["agent", "chunk #"]);
  });

  test("of too many kinds the longest are drawn, and the rest is counted", () => {
    const kinds = Array.from({ length: 20 }, (_, i) => ({
      name: "abcdefghijklmnopqrst"[i] ?? "",
      duration: i,
    }));
    const graph = graphOf(kinds, 5);
    expect(graph.nodes.map((node) => node.label)).toEqual(["agent", "q", "r", "s", "t"]);
    expect(graph.left).toBe(16);
    const ids = new Set(graph.nodes.map((node) => node.id));
    expect(graph.edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true);
  });
});

test("heat is the share of the hottest step", () => {
  const { nodes } = graphOf(AGENT);
  const heats = heatOf(nodes, "duration");
  expect(nodes.map((node) => heats.get(node.id))).toEqual([undefined, 1, 0.5, 0.4]);
  expect([...heatOf(graphOf([{ name: "a" }]).nodes, "cost").values()]).toEqual([0]);
});

describe("declaredGraph", () => {
  const TEXT =
    "graph TD\n run(run) --> think(Think)\n think -.-> search\n search --> think\n think -.-> rest";

  test("its nodes are those of the text, with the spans of their names", () => {
    const graph = declaredGraph(TEXT, buildTree(treeOf(AGENT)));
    expect(graph?.nodes.map(({ label, type, rows }) => [label, type, rows.length])).toEqual([
      ["run", "general", 1],
      ["Think", "llm", 2],
      ["search", "tool", 2],
      ["rest", null, 0],
    ]);
    expect(graph?.edges.map(({ kind }) => kind)).toEqual(["call", "then", "call", "then"]);
  });

  test("a node called after a type is run by all spans of that type", () => {
    const graph = declaredGraph("graph TD\n run --> tools", buildTree(treeOf(AGENT)));
    expect(graph?.nodes[1]).toMatchObject({ type: "tool", rows: [3, 5], errors: 1 });
  });

  test("names that begin with the node's are its spans too", () => {
    const tree = buildTree(
      treeOf([{ name: "decide: flights" }, { name: "decide: trains" }, { name: "decided" }]),
    );
    const graph = declaredGraph("graph TD; ask-->decide; decide-->tool", tree);
    expect(graph?.nodes.map(({ label, rows }) => [label, rows])).toEqual([
      ["ask", []],
      ["decide", [1, 2]],
      ["tool", []],
    ]);
  });

  test("is read from the metadata of a trace", () => {
    expect(graphText({ _opik_graph_definition: { format: "mermaid", data: TEXT } })).toBe(TEXT);
    expect(graphText({ _opik_graph_definition: { format: "dot", data: "digraph {}" } })).toBe("");
    expect(graphText({ other: 1 })).toBe("");
    expect(graphText(null)).toBe("");
  });

  test("what is no flowchart is none", () => {
    expect(declaredGraph("sequenceDiagram\n a->>b: hi", buildTree(treeOf([])))).toBeNull();
  });
});

test("the layout gives each node a place of its own, and each edge a line", () => {
  const placed = layout(graphOf([...AGENT, { name: "run", start: 100 }]), "TB");
  expect(new Set(placed.nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(placed.nodes.length);
  expect(placed.edges.every((edge) => edge.path.startsWith("M"))).toBe(true);
  expect(placed.width).toBeGreaterThan(0);
});
