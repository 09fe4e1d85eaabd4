/** What the panel of a trace keeps in the URL of the page that it lies over. */

export type TraceView = "tree" | "timeline" | "graph";
export type SpanFilter = "errors" | "llm";

export type TraceSearch = {
  /** The open trace. */
  trace?: string | undefined;
  /** The chosen span of it; without one, the trace itself. */
  span?: string | undefined;
  /** The tab of the details. */
  tab?: string | undefined;
  /** How the spans are shown; absent is the tree. */
  look?: Exclude<TraceView, "tree"> | undefined;
  full?: boolean | undefined;
  /** On a narrow screen: details instead of the spans. */
  pane?: "detail" | undefined;
  /** Text sought among the spans. */
  find?: string | undefined;
  /** Only these spans, and what they hang on. */
  only?: SpanFilter | undefined;
};

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** Reads what a URL says; what it says wrong is left out. */
export function readTraceSearch(search: Record<string, unknown>): TraceSearch {
  const { look, pane, only, find } = search;
  return {
    trace: text(search.trace),
    span: text(search.span),
    tab: text(search.tab),
    look: look === "timeline" || look === "graph" ? look : undefined,
    full: search.full === true || search.full === "true" ? true : undefined,
    pane: pane === "detail" ? pane : undefined,
    find: typeof find === "boolean" ? String(find) : text(find),
    only: only === "errors" || only === "llm" ? only : undefined,
  };
}

/** The parameters without the panel's: what closing it leaves. */
export const NO_TRACE: { [K in keyof Required<TraceSearch>]: undefined } = {
  trace: undefined,
  span: undefined,
  tab: undefined,
  look: undefined,
  full: undefined,
  pane: undefined,
  find: undefined,
  only: undefined,
};
