import { type UseQueryResult, useQueries, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Row } from "@/api/types";
import type { RowSource } from "@/components/data-table/types";
import type { Slice } from "@/lib/slice";
import { type RowsAsked, type RowsPage, rowsKey, rowsPageQuery } from "../api/rows";
import { PAGE_ROWS, PlaceBook, pagesFor, pagesToDrop } from "../lib/paging";
import { inTwoSteps, RowJoiner } from "../lib/two-steps";

export type PagedRows = {
  source: RowSource<Row>;
  /** The rows in sight: those of the pages on screen. */
  loaded: readonly Row[];
  /** Changes when the rows are those of another question: the table then begins at its top. */
  shownQuestion: string;
  /** Still the rows of an earlier question. */
  isStale: boolean;
  isFetching: boolean;
  /** Why the first page, or a later one, did not come. */
  error: Error | null;
  retry: () => void;
  /** When the first page was answered; 0 before. */
  answeredAt: number;
  book: PlaceBook;
  isAtTop: () => boolean;
  /** Puts rows that were read anew in the place of what is known of them. */
  replace: (rows: readonly Row[]) => void;
  /** Reads the pages on screen again. */
  readAgain: () => Promise<void>;
};

/** What is drawn: pages, and where their rows are. Kept while the answer to a new question is awaited. */
type Shown = { question: string; book: PlaceBook; pages: ReadonlyMap<number, readonly Row[]> };

const FIRST_PAGE: readonly number[] = [0];

/** Rows of a project, fetched as they come on screen; never more pages in memory than `MOST_PAGES`. */
export function usePagedRows(
  projectId: string,
  slice: Slice,
  columns: readonly string[],
  sort: string,
): PagedRows {
  const client = useQueryClient();
  const question = useMemo(
    () => JSON.stringify([projectId, slice, sort]),
    [projectId, slice, sort],
  );
  const [narrow, wide] = useMemo<[RowsAsked, RowsAsked]>(() => {
    const steps = inTwoSteps(columns);
    return [
      { slice, sort, columns: steps.narrow },
      { slice, sort, columns: steps.wide },
    ];
  }, [slice, columns, sort]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new question begins a new book
  const [book, joiner] = useMemo(() => [new PlaceBook(), new RowJoiner()] as const, [question]);
  const [scrolled, setScrolled] = useState<{ question: string; pages: readonly number[] }>();
  const wanted = scrolled?.question === question ? scrolled.pages : FIRST_PAGE;

  const { datas, isFetching, error, retry } = useQueries({
    queries: wanted.map((page) => rowsPageQuery(projectId, narrow, page)),
    combine,
  });
  const payloads = useQueries({
    queries: wanted.map((page, i) => ({
      ...rowsPageQuery(projectId, wide, page),
      enabled: wide.columns.length > 0 && datas[i] !== undefined,
    })),
    combine,
  });

  const before = useRef<Shown>(undefined);
  const shown = useMemo<Shown>(() => {
    const last = before.current;
    const pages = new Map<number, readonly Row[]>();
    wanted.forEach((page, i) => {
      const data = datas[i];
      if (data) {
        pages.set(page, joiner.join(data.rows, payloads.datas[i]?.rows));
        book.note(
          page,
          data.rows.map((row) => row.id),
          data.has_more,
        );
        if (page === 0) book.answeredAt = data.answeredAt;
        return;
      }
      // A column more is the same question: its rows stay until those with the column are here.
      const old = last?.question === question ? last.pages.get(page) : undefined;
      if (old) pages.set(page, old);
    });
    return pages.size === 0 && last && last.question !== question
      ? last
      : { question, book, pages };
  }, [question, book, joiner, wanted, datas, payloads.datas]);
  useEffect(() => {
    before.current = shown;
  }, [shown]);

  // A row that came in between the two steps moved the others on: then the payloads are read once more.
  const mended = useRef(new WeakSet<RowsPage>());
  useEffect(() => {
    wanted.forEach((page, i) => {
      const [data, second] = [datas[i], payloads.datas[i]];
      if (!data || !second || payloads.isFetching || mended.current.has(data)) return;
      const ids = new Set(second.rows.map((row) => row.id));
      if (data.rows.every((row) => ids.has(row.id))) return;
      mended.current.add(data);
      void client.invalidateQueries({ queryKey: [...rowsKey(projectId, wide), page], exact: true });
    });
  }, [client, projectId, wide, wanted, datas, payloads.datas, payloads.isFetching]);

  useEffect(() => {
    for (const asked of [narrow, wide]) {
      const key = rowsKey(projectId, asked);
      const cached = client.getQueryCache().findAll({ queryKey: key });
      const numbers = cached.map((query) => query.queryKey.at(-1) as number);
      for (const page of pagesToDrop(numbers, wanted))
        client.removeQueries({ queryKey: [...key, page], exact: true });
    }
  }, [client, projectId, narrow, wide, wanted]);

  const isStale = shown.question !== question;
  const firstOnScreen = useRef(0);
  const onRange = useCallback(
    (first: number, last: number) => {
      firstOnScreen.current = first;
      const pages = pagesFor(first, last, book.extent);
      setScrolled((now) =>
        now?.question === question && now.pages.join() === pages.join() ? now : { question, pages },
      );
    },
    [book, question],
  );
  const source = useMemo<RowSource<Row>>(
    () => ({
      count: shown.book.extent,
      at: (index) => shown.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS],
      idAt: (index) => shown.book.idAt(index),
      indexOf: (id) => shown.book.indexOf(id),
      onRange: isStale ? () => {} : onRange,
    }),
    [shown, onRange, isStale],
  );
  const loaded = useMemo(() => [...shown.pages.values()].flat(), [shown]);
  const isAtTop = useCallback(() => firstOnScreen.current === 0, []);
  const replace = useCallback(
    (rows: readonly Row[]) => {
      client.setQueriesData<RowsPage>({ queryKey: rowsKey(projectId, narrow) }, (page) =>
        page ? replaceRows(page, rows) : page,
      );
    },
    [client, projectId, narrow],
  );
  const readAgain = useCallback(async () => {
    await client.invalidateQueries({ queryKey: rowsKey(projectId, narrow) });
    await client.invalidateQueries({ queryKey: rowsKey(projectId, wide) });
  }, [client, projectId, narrow, wide]);
  return {
    source,
    loaded,
    shownQuestion: shown.question,
    isStale,
    isFetching: isFetching || payloads.isFetching,
    error,
    retry,
    answeredAt: shown.book.answeredAt,
    book,
    isAtTop,
    replace,
    readAgain,
  };
}

type Result = UseQueryResult<RowsPage, Error>;

/** Kept out of the hook: its answer is then new only when something in it is. */
function combine(results: Result[]) {
  return {
    datas: results.map((result) => result.data),
    isFetching: results.some((result) => result.isFetching),
    error: results.find((result) => result.isError && !result.data)?.error ?? null,
    retry: () => {
      for (const result of results) if (result.isError) void result.refetch();
    },
  };
}

function replaceRows(page: RowsPage, updated: readonly Row[]): RowsPage {
  const byId = new Map(updated.map((row) => [row.id, row]));
  if (!page.rows.some((row) => byId.has(row.id))) return page;
  return { ...page, rows: page.rows.map((row) => byId.get(row.id) ?? row) };
}
