import { act, fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { onKeyDown } from "@/lib/hotkeys";
import { arrayRows } from "./array-rows";
import { DataTable, type DataTableProps } from "./data-table";
import { NOTHING } from "./selection";
import type { DataColumn, RowSource } from "./types";
import { readView } from "./use-table-view";

// The first table of a run pays for what the others find warm.
vi.setConfig({ testTimeout: 20_000 });

type Item = { id: string; n: number };

const WIDTH = 600;
const HEIGHT = 280;

beforeEach(() => {
  // jsdom lays nothing out: the table is given the size of a window.
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(WIDTH);
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(HEIGHT);
  vi.spyOn(Element.prototype, "scrollHeight", "get").mockReturnValue(10_000_000);
  HTMLElement.prototype.scrollTo = function scrollTo(this: HTMLElement, to?: unknown) {
    const { top, left } = to as ScrollToOptions;
    if (top !== undefined) this.scrollTop = top;
    if (left !== undefined) this.scrollLeft = left;
    this.dispatchEvent(new Event("scroll"));
  } as typeof HTMLElement.prototype.scrollTo;
  window.addEventListener("keydown", onKeyDown);
});

afterEach(() => {
  window.removeEventListener("keydown", onKeyDown);
  vi.restoreAllMocks();
});

const columnsOf = (count: number): DataColumn<Item>[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `c${i}`,
    label: `Column ${i}`,
    width: 100,
    sort: i === 1 ? "one" : undefined,
    isRowHeader: i === 0,
    render: (row) => `${row.n}/${i}`,
  }));

const itemsOf = (count: number): Item[] =>
  Array.from({ length: count }, (_, n) => ({ id: `row-${n}`, n }));

function Table(
  props: Partial<DataTableProps<Item>> & {
    columns: readonly DataColumn<Item>[];
    rows: RowSource<Item>;
  },
) {
  const [selection, setSelection] = useState(NOTHING);
  const [view, setView] = useState(() => readView(null));
  const [shown, setShown] = useState<readonly string[]>(() => props.columns.map((c) => c.id));
  return (
    <>
      <output>{selection.all ? "all" : [...selection.ids].join(" ")}</output>
      <DataTable
        label="Items"
        shown={shown}
        onShown={setShown}
        view={view}
        onView={(patch) => setView({ ...view, ...patch })}
        rowLabel={(row) => `item ${row.n}`}
        selection={selection}
        onSelection={setSelection}
        {...props}
      />
    </>
  );
}

const grid = () => screen.getByRole("grid", { name: "Items" });
const selected = () => screen.getByRole("status").textContent;
const scrollTo = (to: { top?: number; left?: number }) =>
  act(() => {
    grid().scrollTo(to);
  });
const drawn = (role: string) => grid().querySelectorAll(`[role=${role}]`).length;
const cell = (text: string) => within(grid()).queryByText(text);

test("of 10,000 rows by 500 columns only what is on screen is drawn", () => {
  const rows = arrayRows(itemsOf(10_000), (r) => r.id);
  render(<Table columns={columnsOf(500)} rows={rows} />);
  expect(grid().getAttribute("aria-rowcount")).toBe("10001");
  expect(grid().getAttribute("aria-colcount")).toBe("501");
  expect(cell("0/0")).toBeTruthy();
  expect(drawn("gridcell")).toBeLessThan(400);

  scrollTo({ top: 28 * 5000, left: 100 * 250 });
  expect(cell("5001/251")).toBeTruthy();
  expect(cell("0/0")).toBeNull();
  expect(drawn("gridcell")).toBeLessThan(400);
  const row = cell("5001/251")?.closest("[role=row]");
  expect(row?.getAttribute("aria-rowindex")).toBe("5003");
  expect(cell("5001/251")?.getAttribute("aria-colindex")).toBe("253");
});

test("a pinned column stays while the others are scrolled away", async () => {
  const rows = arrayRows(itemsOf(50), (r) => r.id);
  render(<Table columns={columnsOf(60)} rows={rows} />);
  await userEvent.click(screen.getByLabelText("Column Column 3"));
  await userEvent.click(screen.getByRole("menuitem", { name: "Pin to the left" }));
  scrollTo({ left: 3000 });
  expect(cell("0/3")).toBeTruthy();
  expect(cell("0/2")).toBeNull();
  expect(cell("0/33")).toBeTruthy();
});

test("a column is hidden, and moved, from its header", async () => {
  const rows = arrayRows(itemsOf(3), (r) => r.id);
  render(<Table columns={columnsOf(4)} rows={rows} />);
  const names = () =>
    within(grid())
      .getAllByRole("columnheader")
      .map((h) => h.textContent)
      .filter(Boolean);
  await userEvent.click(screen.getByLabelText("Column Column 1"));
  await userEvent.click(screen.getByRole("menuitem", { name: "Hide" }));
  expect(names()).toEqual(["Column 0", "Column 2", "Column 3"]);
  screen.getByRole("button", { name: "Column 3" }).focus();
  await userEvent.keyboard("{Alt>}{ArrowLeft}{/Alt}");
  expect(names()).toEqual(["Column 0", "Column 3", "Column 2"]);
});

test("a click on a header asks for another order, and the order is said", async () => {
  const onSort = vi.fn();
  const rows = arrayRows(itemsOf(3), (r) => r.id);
  const columns = columnsOf(3);
  const { rerender } = render(
    <Table columns={columns} rows={rows} sort="-start_time" onSort={onSort} />,
  );
  await userEvent.click(screen.getByRole("button", { name: "Column 1" }));
  expect(onSort).toHaveBeenCalledWith("one");
  rerender(<Table columns={columns} rows={rows} sort="-one" onSort={onSort} />);
  expect(screen.getByRole("columnheader", { name: /Column 1/ }).getAttribute("aria-sort")).toBe(
    "descending",
  );
});

test("j and k walk the rows, o opens, x and Shift select", async () => {
  const onOpen = vi.fn();
  const rows = arrayRows(itemsOf(100), (r) => r.id);
  render(<Table columns={columnsOf(2)} rows={rows} onOpen={onOpen} />);
  await userEvent.keyboard("jjj");
  const active = grid().getAttribute("aria-activedescendant");
  expect(document.getElementById(active ?? "")?.dataset.index).toBe("2");
  await userEvent.keyboard("ko");
  expect(onOpen).toHaveBeenLastCalledWith("row-1", { inNewTab: false });
  await userEvent.keyboard("x");
  expect(selected()).toBe("row-1");
  await userEvent.keyboard("jj{Shift>}x{/Shift}");
  expect(selected()).toBe("row-1 row-2 row-3");
  await userEvent.keyboard("{Escape}");
  expect(selected()).toBe("");
  await userEvent.keyboard("{Control>}a{/Control}");
  expect(selected()?.split(" ")).toHaveLength(100);
});

test("the focused grid takes arrows, End and Enter; End of many rows does not draw them", async () => {
  const onOpen = vi.fn();
  const rows = arrayRows(itemsOf(50_000), (r) => r.id);
  render(<Table columns={columnsOf(2)} rows={rows} onOpen={onOpen} />);
  grid().focus();
  await userEvent.keyboard("{End}{ArrowUp}{Enter}");
  expect(onOpen).toHaveBeenLastCalledWith("row-49998", { inNewTab: false });
  expect(cell("49998/0")).toBeTruthy();
  expect(drawn("row")).toBeLessThan(40);
});

test("after a click on a column's head, j and Enter open a row and leave the order alone", async () => {
  const onOpen = vi.fn();
  const onSort = vi.fn();
  const rows = arrayRows(itemsOf(10), (r) => r.id);
  render(<Table columns={columnsOf(2)} rows={rows} onOpen={onOpen} onSort={onSort} />);
  await userEvent.click(screen.getByRole("button", { name: /^Column 1/ }));
  expect(onSort).toHaveBeenCalledTimes(1);
  await userEvent.keyboard("jj{Enter}");
  expect(onOpen).toHaveBeenLastCalledWith("row-1", { inNewTab: false });
  expect(onSort).toHaveBeenCalledTimes(1);
});

test("a click opens a row, its box selects it, Shift selects up to it", async () => {
  const onOpen = vi.fn();
  const rows = arrayRows(itemsOf(10), (r) => r.id);
  render(<Table columns={columnsOf(2)} rows={rows} onOpen={onOpen} />);
  await userEvent.click(screen.getByText("4/1"));
  expect(onOpen).toHaveBeenCalledExactlyOnceWith("row-4", { inNewTab: false });
  fireEvent.click(screen.getByRole("checkbox", { name: "Select item 2" }));
  fireEvent.click(screen.getByRole("checkbox", { name: "Select item 5" }), { shiftKey: true });
  expect(selected()).toBe("row-2 row-3 row-4 row-5");
  expect(onOpen).toHaveBeenCalledTimes(1);
  fireEvent.click(screen.getByRole("checkbox", { name: "Select item 3" }));
  expect(selected()).toBe("row-2 row-4 row-5");
});

test("rows that are not here yet are skeletons, cannot be selected, and are asked for", () => {
  const onRange = vi.fn();
  const items = itemsOf(5);
  const rows: RowSource<Item> = {
    ...arrayRows(items, (r) => r.id),
    count: 1000,
    onRange,
  };
  render(<Table columns={columnsOf(2)} rows={rows} />);
  expect(cell("4/0")).toBeTruthy();
  expect(screen.getAllByRole("checkbox", { name: /^Select item/ })).toHaveLength(5);
  scrollTo({ top: 28 * 500 });
  const [first, last] = onRange.mock.lastCall as [number, number];
  expect(first).toBe(500);
  expect(last).toBeGreaterThanOrEqual(509);
});

test("a table without rows says so where the rows would be", () => {
  const rows = arrayRows<Item>([], (r) => r.id);
  render(<Table columns={columnsOf(2)} rows={rows} empty={<p>Nothing here</p>} />);
  expect(screen.getByText("Nothing here")).toBeTruthy();
});
