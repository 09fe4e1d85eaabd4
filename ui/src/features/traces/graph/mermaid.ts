/** Reads the simple part of Mermaid's flowcharts: nodes, labels and arrows. */

export type FlowChart = {
  /** From top to bottom, or left to right. */
  direction: "TB" | "LR";
  nodes: { id: string; label: string }[];
  edges: { from: string; to: string; label: string; dotted: boolean }[];
};

const HEAD = /^\s*(?:graph|flowchart)(?:\s+(TB|TD|BT|LR|RL))?\s*;?\s*$/i;
const IGNORED =
  /^(?:%%|classDef\b|class\b|style\b|linkStyle\b|click\b|subgraph\b|end\b|direction\b|accTitle|accDescr)/;
const ID = /^[\p{L}\p{N}_.$/:]+(?:-[\p{L}\p{N}_.$/:]+)*/u;
// Opening and closing marks of shapes, the longer ones first.
const SHAPES: readonly [string, string][] = [
  ["(((", ")))"],
  ["([", "])"],
  ["[[", "]]"],
  ["[(", ")]"],
  ["((", "))"],
  ["{{", "}}"],
  ["[/", "/]"],
  ["[\\", "\\]"],
  ["[", "]"],
  ["(", ")"],
  ["{", "}"],
  [">", "]"],
];
// `-->`, `-.->`, `==>`, `---`, `-- text -->`, `-. text .->`, `== text ==>`, with or without `|text|`.
const ARROW =
  /^\s*[<ox]?(?:(?<solid>-{2,}[>ox-]|-{2,}\s(?<text1>[^\n]*?)\s-{2,}[>ox-])|(?<dots>-\.+-[>ox]?|-\.\s?(?<text2>[^\n]*?)\s?\.+-[>ox]?)|(?<thick>={2,}[>=ox]|={2,}\s(?<text3>[^\n]*?)\s={2,}[>=ox]))\s*(?:\|(?<pipe>[^|]*)\|)?\s*/;

const GUARD = "\u0001";

/** Returns null for what is no flowchart, or one without nodes. */
export function parseMermaid(text: string): FlowChart | null {
  // A block between lines of `---` at the top is its configuration.
  const body = text.replace(/^\s*---\n[\s\S]*?\n\s*---\s*\n/, "");
  // The semicolon of `&nbsp;` ends no statement.
  const guarded = body.replace(/&(#?\w+);/g, `&$1${GUARD}`);
  const lines = guarded.split(/\n|;(?=\s*(?:\n|$))|;(?![^[({|"]*[\])}|"])/);
  let chart: FlowChart | null = null;
  const labels = new Map<string, string>();
  for (const raw of lines) {
    const line = raw.trim();
    if (line === "" || line.startsWith("%%")) continue;
    if (!chart) {
      const head = HEAD.exec(line);
      if (!head) return null;
      const direction = head[1]?.toUpperCase();
      chart = {
        direction: direction === "LR" || direction === "RL" ? "LR" : "TB",
        nodes: [],
        edges: [],
      };
      continue;
    }
    if (!IGNORED.test(line)) readLine(line, chart, labels);
  }
  if (!chart || labels.size === 0) return null;
  chart.nodes = [...labels].map(([id, label]) => ({ id, label: label || id }));
  return chart;
}

/** `a & b --> c --> d`: each of one group to each of the next. */
function readLine(line: string, chart: FlowChart, labels: Map<string, string>): void {
  let rest = line;
  let before: string[] = [];
  let arrow: { label: string; dotted: boolean } | null = null;
  while (rest !== "") {
    const group: string[] = [];
    for (;;) {
      const read = readNode(rest);
      if (!read) return;
      if (read.label || !labels.has(read.id)) labels.set(read.id, read.label);
      group.push(read.id);
      rest = read.rest;
      const and = /^\s*&\s*/.exec(rest);
      if (!and) break;
      rest = rest.slice(and[0].length);
    }
    if (arrow) {
      for (const from of before) for (const to of group) chart.edges.push({ from, to, ...arrow });
    }
    const found = ARROW.exec(rest);
    if (!found) return;
    const groups = found.groups ?? {};
    arrow = {
      label: plain(groups.pipe ?? groups.text1 ?? groups.text2 ?? groups.text3 ?? ""),
      dotted: groups.dots !== undefined,
    };
    rest = rest.slice(found[0].length);
    before = group;
  }
}

function readNode(text: string): { id: string; label: string; rest: string } | null {
  const id = ID.exec(text.trimStart())?.[0];
  if (!id) return null;
  let rest = text.trimStart().slice(id.length);
  let label = "";
  for (const [open, close] of SHAPES) {
    if (!rest.startsWith(open)) continue;
    const stop = rest.indexOf(close, open.length);
    if (stop === -1) continue;
    label = plain(rest.slice(open.length, stop));
    rest = rest.slice(stop + close.length);
    break;
  }
  return { id, label, rest: rest.replace(/^:::[\w-]+/, "") };
}

/** Without quotes, tags and entities. */
const plain = (text: string): string =>
  text
    .replaceAll(GUARD, ";")
    .replace(/<br\s*\/?>/gi, " ")
    .replace(/<[^>]*>/g, "")
    .replace(/&nbsp;/g, " ")
    .replace(/&(?:quot|#34);/g, '"')
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&amp;/g, "&")
    .trim()
    .replace(/^"(.*)"$/, "$1")
    .trim();
