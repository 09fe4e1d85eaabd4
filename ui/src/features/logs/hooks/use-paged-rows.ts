import { type UseQueryResult, useQueries, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Row } from "@/api/types";
import type { RowSource } from "@/components/data-table/types";
import type { Slice } from "@/lib/slice";
import { type RowsPage, rowsKey, rowsPageQuery } from "../api/rows";
import { PAGE_ROWS, PlaceBook, pagesFor, pagesToDrop } from "../lib/paging";

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
};

/** What is drawn: pages, and where their rows are. Kept while the answer to a new question is awaited. */
type Shown = { question: string; book: PlaceBook; pages: ReadonlyMap<number, RowsPage> };

const FIRST_PAGE: readonly number[] = [0];

/** Rows of a project, fetched as they come on screen; never more pages in memory than `MOST_PAGES`. */
export function usePagedRows(
  projectId: string,
  slice: Slice,
  columns: readonly string[],
  sort: string,
  total: number | undefined,
): PagedRows {
  const client = useQueryClient();
  const question = useMemo(
    () => JSON.stringify([projectId, slice, sort]),
    [projectId, slice, sort],
  );
  const asked = useMemo(() => ({ slice, columns, sort }), [slice, columns, sort]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new question begins a new book
  const book = useMemo(() => new PlaceBook(), [question]);
  const [scrolled, setScrolled] = useState<{ question: string; pages: readonly number[] }>();
  const wanted = scrolled?.question === question ? scrolled.pages : FIRST_PAGE;

  const { datas, isFetching, error, retry } = useQueries({
    queries: wanted.map((page) => rowsPageQuery(projectId, asked, page)),
    combine,
  });

  const before = useRef<Shown>(undefined);
  const shown = useMemo<Shown>(() => {
    const last = before.current;
    const pages = new Map<number, RowsPage>();
    wanted.forEach((page, i) => {
      // A column more is the same question: its rows stay until those with the column are here.
      const data = datas[i] ?? (last?.question === question ? last.pages.get(page) : undefined);
      if (!data) return;
      pages.set(page, data);
      book.note(
        page,
        data.rows.map((row) => row.id),
        data.has_more,
      );
      if (page === 0) book.answeredAt = data.answeredAt;
    });
    return pages.size === 0 && last && last.question !== question
      ? last
      : { question, book, pages };
  }, [question, book, wanted, datas]);
  useEffect(() => {
    before.current = shown;
  }, [shown]);

  const isStale = shown.question !== question;
  useEffect(() => {
    const key = rowsKey(projectId, asked);
    const cached = client.getQueryCache().findAll({ queryKey: key });
    const numbers = cached.map((query) => query.queryKey.at(-1) as number);
    for (const page of pagesToDrop(numbers, wanted))
      client.removeQueries({ queryKey: [...key, page], exact: true });
  }, [client, projectId, asked, wanted]);

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
      total,
      at: (index) => shown.pages.get(Math.floor(index / PAGE_ROWS))?.rows[index % PAGE_ROWS],
      idAt: (index) => shown.book.idAt(index),
      indexOf: (id) => shown.book.indexOf(id),
      onRange: isStale ? () => {} : onRange,
    }),
    [shown, total, onRange, isStale],
  );
  const loaded = useMemo(() => [...shown.pages.values()].flatMap((page) => page.rows), [shown]);
  const isAtTop = useCallback(() => firstOnScreen.current === 0, []);
  return {
    isAtTop,
    source,
    loaded,
    shownQuestion: shown.question,
    isStale,
    isFetching,
    error,
    retry,
    answeredAt: shown.book.answeredAt,
    book,
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
