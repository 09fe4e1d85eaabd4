export type EntityKind = "trace" | "span";
export const DETAIL_TABS = ["messages", "details", "scores", "comments", "attachments"] as const;
export type DetailTab = (typeof DETAIL_TABS)[number];

/** What the pane asks of the page that it stands in. */
export type DetailActions = {
  /** Narrows the page to a condition of the query grammar. Absent: nothing to filter here. */
  onFilter?: ((query: string) => void) | undefined;
  /** Shows `metadata.a.b` as a column of the table. Absent: there is no table. */
  onAddColumn?: ((name: string) => void) | undefined;
};
