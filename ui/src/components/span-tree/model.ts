/** The spans of a trace as columns, in the order in which a tree shows them. No object a span. */

import type { SpanColumns, SpanType, TraceHead, TraceTree } from "@/api/types";

export type NodeType = SpanType | "trace";

/**
 * Rows count from 0: the trace itself, then its spans, each before what hangs on it.
 * All arrays have an entry a row.
 */
export type TreeModel = {
  trace: TraceHead;
  spans: SpanColumns;
  count: number;
  /** Where a row stands in the columns of `spans`; -1 for the trace. */
  span: Int32Array;
  /** Row of the parent; -1 for the trace. */
  parent: Int32Array;
  depth: Uint32Array;
  /** Rows of the subtree, the row itself among them: they are `row … row + size - 1`. */
  size: Int32Array;
  /** ms after the start of the trace. */
  start: Float64Array;
  /** ms; what still runs ends where the last thing known of the trace ends. */
  end: Float64Array;
  /** Spans with an error under the row, without itself. */
  errorsBelow: Int32Array;
  deepest: number;
  /** First and last moment, ms. The trace's own times may be narrower than those of its spans. */
  from: number;
  to: number;
};

export function buildTree({ trace, spans }: TraceTree): TreeModel {
  const count = spans.count + 1;
  const model: TreeModel = {
    trace,
    spans,
    count,
    span: new Int32Array(count).fill(-1),
    parent: new Int32Array(count).fill(-1),
    depth: new Uint32Array(count),
    size: new Int32Array(count).fill(1),
    start: new Float64Array(count),
    end: new Float64Array(count),
    errorsBelow: new Int32Array(count),
    deepest: 0,
    from: 0,
    to: 0,
  };
  order(model);
  times(model);
  sum(model);
  return model;
}

/** Walks the spans depth first without recursion: a chain may be thousands deep. */
function order(model: TreeModel): void {
  const { spans, span, parent, depth } = model;
  const firstChild = new Int32Array(spans.count + 1).fill(-1);
  const next = new Int32Array(spans.count).fill(-1);
  // Backwards, so that each list of children comes out in the order of the columns (by start).
  for (let i = spans.count - 1; i >= 0; i--) {
    const above = spans.parent[i] ?? -1;
    // A parent stands before its children; whatever says otherwise hangs on the trace.
    const slot = above >= 0 && above < i ? above + 1 : 0;
    next[i] = firstChild[slot] ?? -1;
    firstChild[slot] = i;
  }
  let row = 0;
  let above = 0;
  let at = firstChild[0] ?? -1;
  while (at !== -1 || above !== 0) {
    if (at === -1) {
      at = next[span[above] ?? 0] ?? -1;
      above = parent[above] ?? 0;
      continue;
    }
    row += 1;
    span[row] = at;
    parent[row] = above;
    const level = (depth[above] ?? 0) + 1;
    depth[row] = level;
    if (level > model.deepest) model.deepest = level;
    above = row;
    at = firstChild[at + 1] ?? -1;
  }
}

function times(model: TreeModel): void {
  const { trace, spans, span, start, end } = model;
  let to = trace.duration ?? 0;
  let from = 0;
  for (let row = 1; row < model.count; row++) {
    const i = span[row] ?? 0;
    const at = spans.start[i] ?? 0;
    start[row] = at;
    from = Math.min(from, at);
    to = Math.max(to, at + (spans.duration[i] ?? 0));
  }
  model.from = from;
  model.to = to;
  end[0] = trace.duration ?? to;
  for (let row = 1; row < model.count; row++) {
    const duration = spans.duration[span[row] ?? 0];
    end[row] = duration === null || duration === undefined ? to : (start[row] ?? 0) + duration;
  }
}

function sum(model: TreeModel): void {
  const { spans, span, parent, size, errorsBelow } = model;
  for (let row = model.count - 1; row > 0; row--) {
    const above = parent[row] ?? 0;
    size[above] = (size[above] ?? 0) + (size[row] ?? 0);
    const own = spans.error[span[row] ?? 0] ? 1 : 0;
    errorsBelow[above] = (errorsBelow[above] ?? 0) + (errorsBelow[row] ?? 0) + own;
  }
}

export const idOf = (model: TreeModel, row: number): string =>
  row === 0 ? model.trace.id : (model.spans.id[model.span[row] ?? 0] ?? "");

export const nameOf = (model: TreeModel, row: number): string =>
  (row === 0 ? model.trace.name : model.spans.name[model.span[row] ?? 0]) || "(no name)";

export const typeOf = (model: TreeModel, row: number): NodeType =>
  row === 0 ? "trace" : (model.spans.type[model.span[row] ?? 0] ?? "general");

/** The kind of the error, "" without one. */
export const errorOf = (model: TreeModel, row: number): string =>
  row === 0
    ? (model.trace.error_type ?? (model.trace.error_info ? "Error" : ""))
    : (model.spans.error[model.span[row] ?? 0] ?? "");

/** ms, or null while it runs. */
export const durationOf = (model: TreeModel, row: number): number | null =>
  row === 0 ? model.trace.duration : (model.spans.duration[model.span[row] ?? 0] ?? null);

export const isRunning = (model: TreeModel, row: number): boolean =>
  row === 0
    ? model.trace.is_running
    : (model.spans.duration[model.span[row] ?? 0] ?? null) === null;

export const tokensOf = (model: TreeModel, row: number): number | null =>
  row === 0
    ? (model.trace.usage?.total_tokens ?? null)
    : (model.spans.tokens[model.span[row] ?? 0] ?? null);

export const costOf = (model: TreeModel, row: number): number | null =>
  row === 0
    ? model.trace.total_estimated_cost || null
    : (model.spans.cost[model.span[row] ?? 0] ?? null);

export const modelOf = (model: TreeModel, row: number): string =>
  row === 0 ? "" : (model.spans.model[model.span[row] ?? 0] ?? "");

export const hasChildren = (model: TreeModel, row: number): boolean => (model.size[row] ?? 1) > 1;

const indices = new WeakMap<TreeModel, Map<string, number>>();

/** The row of a span's or the trace's id; -1 if it is not among them. */
export function rowOf(model: TreeModel, id: string): number {
  if (id === model.trace.id) return 0;
  let index = indices.get(model);
  if (!index) {
    index = new Map();
    for (let row = 1; row < model.count; row++) index.set(idOf(model, row), row);
    indices.set(model, index);
  }
  return index.get(id) ?? -1;
}
