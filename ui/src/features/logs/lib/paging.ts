/** Pages of rows by offset: which to ask for, how far one can scroll, what to forget. */

export const PAGE_ROWS = 100;
/** Rows that can be scrolled to. Who needs those behind narrows the query, or exports. */
export const MOST_ROWS = 50_000;
/** Pages kept in memory; those farthest from the screen go first. */
export const MOST_PAGES = 30;
/** Rows asked for before they come on screen. */
const AHEAD = 40;

export type PageFact = { count: number; hasMore: boolean };

/** How many places there are: the loaded ones, and a page of skeletons while more follow. */
export function extentOf(facts: ReadonlyMap<number, PageFact>): number {
  let last = -1;
  for (const page of facts.keys()) last = Math.max(last, page);
  const fact = facts.get(last);
  if (!fact) return PAGE_ROWS;
  const loaded = last * PAGE_ROWS + fact.count;
  return Math.min(MOST_ROWS, fact.hasMore ? (last + 2) * PAGE_ROWS : loaded);
}

/** Returns the numbers of the pages that the rows on screen, and those soon to come, are on. */
export function pagesFor(first: number, last: number, extent: number): number[] {
  const end = Math.max(0, extent - 1);
  const from = Math.floor(Math.max(0, Math.min(first - AHEAD, end)) / PAGE_ROWS);
  const to = Math.floor(Math.max(0, Math.min(last + AHEAD, end)) / PAGE_ROWS);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Returns the pages to forget, so that at most `most` are kept. */
export function pagesToDrop(
  loaded: readonly number[],
  wanted: readonly number[],
  most = MOST_PAGES,
): number[] {
  if (loaded.length <= most) return [];
  const middle = ((wanted[0] ?? 0) + (wanted.at(-1) ?? 0)) / 2;
  return [...loaded]
    .filter((page) => !wanted.includes(page))
    .sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle))
    .slice(0, loaded.length - most);
}

/** Knows the place of every row ever loaded, after its page was forgotten too. */
export class PlaceBook {
  /** When the server answered with the first page, in ms; 0 before. */
  answeredAt = 0;
  private readonly ids = new Map<number, string>();
  private readonly places = new Map<string, number>();
  private readonly known = new Map<number, PageFact>();

  /** Notes a page; what an earlier answer said of it is gone. */
  note(page: number, ids: readonly string[], hasMore: boolean): void {
    const start = page * PAGE_ROWS;
    for (let i = start; i < start + PAGE_ROWS; i++) {
      const old = this.ids.get(i);
      if (old !== undefined && this.places.get(old) === i) this.places.delete(old);
      this.ids.delete(i);
    }
    ids.forEach((id, i) => {
      this.ids.set(start + i, id);
      this.places.set(id, start + i);
    });
    this.known.set(page, { count: ids.length, hasMore });
    if (!hasMore) {
      for (const later of this.known.keys()) if (later > page) this.forget(later);
    }
  }

  private forget(page: number): void {
    this.note(page, [], true);
    this.known.delete(page);
  }

  idAt(index: number): string | undefined {
    return this.ids.get(index);
  }

  indexOf(id: string): number {
    return this.places.get(id) ?? -1;
  }

  has(id: string): boolean {
    return this.places.has(id);
  }

  get extent(): number {
    return extentOf(this.known);
  }

  /** Says whether the last row of all is known. */
  get isWhole(): boolean {
    for (const fact of this.known.values()) if (!fact.hasMore) return true;
    return false;
  }
}
