import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useMemo, useState } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { onKeyDown } from "@/lib/hotkeys";
import { outline } from "@/test/span-trees";
import { buildTree, hasChildren, idOf, nameOf } from "./model";
import { TreeList } from "./tree-list";
import { useFolding } from "./use-folding";
import { shownRows } from "./visible";

beforeEach(() => {
  window.addEventListener("keydown", onKeyDown);
  // The test's page has no layout: without a height, a virtual list has no rows.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
});
afterEach(() => {
  window.removeEventListener("keydown", onKeyDown);
  vi.restoreAllMocks();
});

const model = buildTree(outline("plan\n  chat llm\n  search tool\nanswer llm"));

/** The list as the pages use it. */
function Harness({ onOpen }: { onOpen?: (how: string) => void }) {
  const [row, setRow] = useState(0);
  const folding = useFolding(model, "");
  const shown = useMemo(() => shownRows(model, folding.folded), [folding]);
  const at = (place: number) => shown.rows[place] ?? 0;
  return (
    <TreeList
      label="Spans"
      count={shown.rows.length}
      rowHeight={28}
      selected={shown.place[row] ?? 0}
      selectedKey={idOf(model, row)}
      levelAt={(place) => (model.depth[at(place)] ?? 0) + 1}
      openAt={(place) => (hasChildren(model, at(place)) ? !folding.folded(at(place)) : null)}
      parentAt={(place) => shown.place[model.parent[at(place)] ?? 0] ?? 0}
      onSelect={(place) => setRow(at(place))}
      onToggle={(place, open) => folding.toggle(at(place), open)}
      onOpen={onOpen}
    >
      {(place) => (
        <span>
          <i data-toggle="">fold {nameOf(model, at(place))}</i> {nameOf(model, at(place))}
        </span>
      )}
    </TreeList>
  );
}

const rows = () => screen.getAllByRole("treeitem").map((row) => row.textContent?.split(" ").at(-1));
const chosen = () =>
  screen.getByRole("treeitem", { selected: true }).textContent?.split(" ").at(-1);

test("is a tree for a screen reader", () => {
  render(<Harness />);
  const items = screen.getAllByRole("treeitem");
  expect(items.map((item) => item.getAttribute("aria-level"))).toEqual(["1", "2", "3", "3", "2"]);
  expect(items.map((item) => item.getAttribute("aria-expanded"))).toEqual([
    "true",
    "true",
    null,
    null,
    null,
  ]);
  const active = screen.getByRole("tree").getAttribute("aria-activedescendant");
  expect(document.getElementById(active ?? "")).toBe(items[0]);
});

test("is walked and folded by keys while it has the focus", async () => {
  const user = userEvent.setup();
  render(<Harness />);
  await user.keyboard("j");
  expect(chosen()).toBe("agent");
  screen.getByRole("tree").focus();
  await user.keyboard("jj");
  expect(chosen()).toBe("chat");
  await user.keyboard("{ArrowLeft}");
  expect(chosen()).toBe("plan");
  await user.keyboard("{ArrowLeft}");
  expect(rows()).toEqual(["agent", "plan", "answer"]);
  await user.keyboard("{ArrowDown}");
  expect(chosen()).toBe("answer");
  await user.keyboard("k{ArrowRight}");
  expect(rows()).toEqual(["agent", "plan", "chat", "search", "answer"]);
  await user.keyboard("{ArrowRight}");
  expect(chosen()).toBe("chat");
  await user.keyboard("{End}");
  expect(chosen()).toBe("answer");
  await user.keyboard("{Home}");
  expect(chosen()).toBe("agent");
});

test("a click chooses and opens, a click on the handle only folds", async () => {
  const user = userEvent.setup();
  const opened: string[] = [];
  render(<Harness onOpen={(how) => opened.push(how)} />);
  await user.click(screen.getByText(/fold plan/));
  expect(rows()).toEqual(["agent", "plan", "answer"]);
  expect(chosen()).toBe("agent");
  expect(opened).toEqual([]);
  await user.click(screen.getByRole("treeitem", { name: /answer/ }));
  expect(chosen()).toBe("answer");
  await user.keyboard("{Enter}");
  expect(opened).toEqual(["click", "enter"]);
});
