/** What of an address belongs to a view: not what is open, but what is looked at. */

const OPENED = [
  "trace",
  "span",
  "thread",
  "tab",
  "look",
  "full",
  "pane",
  "find",
  "only",
  "view",
  "live",
];

export function viewSearch(searchText: string): string {
  const params = new URLSearchParams(searchText);
  for (const name of OPENED) params.delete(name);
  params.sort();
  const text = params.toString();
  return text ? `?${text}` : "";
}

/** Whether two addresses show the same. */
export const sameView = (a: string, b: string): boolean => viewSearch(a) === viewSearch(b);
