/** What the URL of a comparison says. */

export const COMPARE_TABS = ["output", "input", "metadata", "figures"] as const;
export type CompareTab = (typeof COMPARE_TABS)[number];

export type CompareSearch = {
  /** The trace that is the measure. */
  a?: string | undefined;
  /** The trace that is measured. */
  b?: string | undefined;
  /** A span of either; absent is the traces themselves. */
  span?: string | undefined;
  tab?: CompareTab | undefined;
  /** Only what differs, and what it hangs on. */
  only?: boolean | undefined;
  /** The texts in one column instead of two. */
  unified?: boolean | undefined;
  /** On a narrow screen: the texts instead of the spans. */
  pane?: "detail" | undefined;
};

export type ChangeCompare = (patch: Partial<CompareSearch>, how?: "move" | "walk") => void;

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
const flag = (value: unknown): true | undefined =>
  value === true || value === "true" ? true : undefined;

/** Reads what a URL says; what it says wrong is left out. */
export function readCompareSearch(search: Record<string, unknown>): CompareSearch {
  return {
    a: text(search.a),
    b: text(search.b),
    span: text(search.span),
    tab: COMPARE_TABS.find((tab) => tab === search.tab),
    only: flag(search.only),
    unified: flag(search.unified),
    pane: search.pane === "detail" ? "detail" : undefined,
  };
}
