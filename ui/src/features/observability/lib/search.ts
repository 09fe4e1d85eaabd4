/** What the page's address says: which of its views is open, and how. */

export const TABS = ["activity", "failures", "replay", "configuration"] as const;
export type Tab = (typeof TABS)[number];

export const PERIODS = [7, 30, 90] as const;

/** The value of `add` while a type is still to be chosen. */
export const CHOOSE = "choose";

export type ObservabilitySearch = {
  /** Words that the list, or the choice of types, is narrowed by. */
  q?: string | undefined;
  /** A type of destination that is being added, or `choose`. */
  add?: string | undefined;
  /** Id of the destination that is being edited. */
  edit?: string | undefined;
  /** Id of the destination that is looked at. */
  destination?: string | undefined;
  tab?: Tab | undefined;
  days?: (typeof PERIODS)[number] | undefined;
  page?: number | undefined;
  /** Moments that a replay is prepared for. */
  from?: string | undefined;
  to?: string | undefined;
};

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value ? value : undefined;

const moment = (value: unknown): string | undefined => {
  const found = text(value);
  return found && !Number.isNaN(Date.parse(found)) ? found : undefined;
};

export function readObservabilitySearch(search: Record<string, unknown>): ObservabilitySearch {
  const page = Math.trunc(Number(search.page));
  return {
    q: text(search.q),
    add: text(search.add),
    edit: text(search.edit),
    destination: text(search.destination),
    tab: TABS.find((tab) => tab === search.tab),
    days: PERIODS.find((days) => days === Number(search.days)),
    page: page > 1 ? page : undefined,
    from: moment(search.from),
    to: moment(search.to),
  };
}
