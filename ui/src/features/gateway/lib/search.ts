/** What the page's address says: which tab, and what of it is open. */

export const TABS = ["providers", "models", "routing", "keys", "presets", "file"] as const;
export type GatewayTab = (typeof TABS)[number];

/** The value of `add` while the kind of provider is still to be chosen. */
export const CHOOSE = "choose";
/** The value of `add` for a provider that is not known by name, and for all that has no kinds. */
export const NEW = "new";

export type GatewaySearch = {
  tab?: GatewayTab | undefined;
  /** Words that a list is narrowed by. */
  q?: string | undefined;
  /** What is being added on this tab: a provider's slug, `choose` or `new`. */
  add?: string | undefined;
  /** What is being edited: id of a provider or model, hash of a key, slug of a preset. */
  edit?: string | undefined;
  /** Id of a provider that is being tried. */
  test?: string | undefined;
  /** Slug of the model whose endpoints are shown. */
  model?: string | undefined;
};

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value ? value : undefined;

export function readGatewaySearch(search: Record<string, unknown>): GatewaySearch {
  return {
    tab: TABS.find((tab) => tab === search.tab),
    q: text(search.q),
    add: text(search.add),
    edit: text(search.edit),
    test: text(search.test),
    model: text(search.model),
  };
}
