import { describe, expect, test } from "vitest";
import { parseMermaid } from "./mermaid";

const edges = (text: string) =>
  parseMermaid(text)?.edges.map(
    ({ from, to, label, dotted }) =>
      `${from} ${dotted ? "~" : ">"} ${to}${label ? ` ${label}` : ""}`,
  );
const nodes = (text: string) => parseMermaid(text)?.nodes.map(({ id, label }) => `${id}=${label}`);

describe("parseMermaid", () => {
  test("what an agent framework writes", () => {
    const text = `---
config:
  flowchart:
    curve: linear
---
graph TD;
	__start__([<p>__start__</p>]):::first
	agent(agent)
	tools(tools)
	__end__([<p>__end__</p>]):::last
	__start__ --> agent;
	agent -. &nbsp;continue&nbsp; .-> tools;
	agent -.-> __end__;
	tools --> agent;
	classDef default fill:#f2f0ff,line-height:1.2
	classDef first fill-opacity:0
`;
    expect(nodes(text)).toEqual([
      "__start__=__start__",
      "agent=agent",
      "tools=tools",
      "__end__=__end__",
    ]);
    expect(edges(text)).toEqual([
      "__start__ > agent",
      "agent ~ tools continue",
      "agent ~ __end__",
      "tools > agent",
    ]);
  });

  test("shapes and labels", () => {
    expect(
      nodes(
        'flowchart LR\n a["A: (one)"] --> b{B?} --> c((C)) --> d[[D]] --> e[(E)] --> f{{F}} --> g',
      ),
    ).toEqual(["a=A: (one)", "b=B?", "c=C", "d=D", "e=E", "f=F", "g=g"]);
    expect(parseMermaid("flowchart LR\n a --> b")?.direction).toBe("LR");
    expect(parseMermaid("graph\n a --> b")?.direction).toBe("TB");
  });

  test("kinds of arrows", () => {
    const text = `flowchart TD
a --- b
a ==> c
a -->|yes| d
a -- no --> e
a == surely ==> f
a ----> g
a --x h
a & b --> i & j
k --> l; l --> m`;
    expect(edges(text)).toEqual([
      "a > b",
      "a > c",
      "a > d yes",
      "a > e no",
      "a > f surely",
      "a > g",
      "a > h",
      "a > i",
      "a > j",
      "b > i",
      "b > j",
      "k > l",
      "l > m",
    ]);
  });

  test("a label is taken from wherever it stands", () => {
    expect(nodes("graph TD\n a --> b\n b[Second]\n a --> b")).toEqual(["a=a", "b=Second"]);
  });

  test("groups, comments and styles are passed over", () => {
    const text = `graph TD
%% a comment
subgraph one [First]
  a --> b
end
style a fill:#fff
click a "https://example.com"
class a big`;
    expect(nodes(text)).toEqual(["a=a", "b=b"]);
  });

  test("what is no flowchart, or an empty one", () => {
    expect(parseMermaid("sequenceDiagram\n a->>b: hi")).toBeNull();
    expect(parseMermaid("graph TD")).toBeNull();
    expect(parseMermaid("")).toBeNull();
  });
});
