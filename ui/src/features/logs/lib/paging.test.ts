import { describe, expect, test } from "vitest";
import { extentOf, MOST_ROWS, PlaceBook, pagesFor, pagesToDrop } from "./paging";

const ids = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => `r${from + i}`);

describe("how far one can scroll", () => {
  test("a page of skeletons before anything is known", () => {
    expect(extentOf(new Map())).toBe(100);
  });

  test("one page more than is loaded, while more follow", () => {
    expect(extentOf(new Map([[0, { count: 100, hasMore: true }]]))).toBe(200);
  });

  test("to the last row, when it is known", () => {
    const facts = new Map([
      [0, { count: 100, hasMore: true }],
      [1, { count: 7, hasMore: false }],
    ]);
    expect(extentOf(facts)).toBe(107);
    expect(extentOf(new Map([[0, { count: 0, hasMore: false }]]))).toBe(0);
  });

  test("never to where a frozen page would be", () => {
    expect(extentOf(new Map([[499, { count: 100, hasMore: true }]]))).toBe(MOST_ROWS);
  });
});

describe("pages", () => {
  test("the next page is asked for before its rows come on screen", () => {
    expect(pagesFor(0, 20, 200)).toEqual([0]);
    expect(pagesFor(50, 75, 200)).toEqual([0, 1]);
    expect(pagesFor(250, 270, 500)).toEqual([2, 3]);
  });

  test("a range left over from a longer list asks for what there is", () => {
    expect(pagesFor(3000, 3020, 150)).toEqual([1]);
    expect(pagesFor(0, 0, 0)).toEqual([0]);
  });

  test("those farthest from the screen are forgotten, never those on it", () => {
    expect(pagesToDrop([0, 1, 2, 3, 4, 5], [5], 3)).toEqual([0, 1, 2]);
    expect(pagesToDrop([0, 1, 9], [0], 2)).toEqual([9]);
    expect(pagesToDrop([0, 1], [0], 2)).toEqual([]);
  });
});

describe("PlaceBook", () => {
  test("knows rows whose page was forgotten", () => {
    const book = new PlaceBook();
    book.note(0, ids(0, 100), true);
    book.note(1, ids(100, 20), false);
    expect(book.indexOf("r119")).toBe(119);
    expect(book.idAt(5)).toBe("r5");
    expect(book.extent).toBe(120);
    expect(book.has("other")).toBe(false);
  });

  test("rows that came in on top push the others down", () => {
    const book = new PlaceBook();
    book.note(0, ids(0, 100), true);
    book.note(0, ["new", ...ids(0, 99)], true);
    expect(book.indexOf("new")).toBe(0);
    expect(book.indexOf("r0")).toBe(1);
    expect(book.indexOf("r99")).toBe(-1);
  });

  test("a row that went over to the next page is found there", () => {
    const book = new PlaceBook();
    book.note(0, ids(0, 100), true);
    book.note(1, ["r99", ...ids(100, 99)], true);
    book.note(0, ["new", ...ids(0, 99)], true);
    expect(book.indexOf("r99")).toBe(100);
  });

  test("after a delete the list ends where the new answer says", () => {
    const book = new PlaceBook();
    book.note(0, ids(0, 100), true);
    book.note(1, ids(100, 100), true);
    book.note(0, ids(0, 40), false);
    expect(book.extent).toBe(40);
    expect(book.indexOf("r150")).toBe(-1);
  });
});
