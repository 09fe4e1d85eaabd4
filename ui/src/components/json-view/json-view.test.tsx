import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, test, vi } from "vitest";
import { LocalDoc } from "./doc";
import { JsonView } from "./json-view";

beforeAll(() => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
});

const texts = () => screen.getAllByRole("treeitem").map((row) => row.textContent);

test("the tree is walked, opened and closed by keyboard", async () => {
  const user = userEvent.setup();
  render(<JsonView doc={new LocalDoc({ a: { b: 1 }, c: 2 })} label="Input" field="input" />);
  expect(texts()).toEqual(["a:1 item", "b:1", "c:2"]);
  await user.tab();
  await user.keyboard("{ArrowLeft}");
  expect(texts()[0]).toContain("{b: 1}");
  expect(screen.getAllByRole("treeitem")).toHaveLength(2);
  await user.keyboard("{ArrowRight}{ArrowDown}");
  expect(screen.getByRole("treeitem", { selected: true }).textContent).toContain("b:1");
  await user.keyboard("{ArrowLeft}");
  expect(screen.getByRole("treeitem", { selected: true }).textContent).toContain("a:");
});

test("a value becomes a condition and a column", async () => {
  const user = userEvent.setup();
  const onFilter = vi.fn();
  const onAddColumn = vi.fn();
  const doc = new LocalDoc({ user: { plan: "pro tier" } });
  render(
    <JsonView
      doc={doc}
      label="Metadata"
      field="metadata"
      onFilter={onFilter}
      onAddColumn={onAddColumn}
    />,
  );
  await user.tab();
  await user.keyboard("{ArrowDown}");
  await user.click(screen.getByRole("button", { name: "Filter by this value" }));
  await user.click(screen.getByRole("button", { name: "Add as a column" }));
  expect(onFilter).toHaveBeenCalledWith('metadata.user.plan:"pro tier"');
  expect(onAddColumn).toHaveBeenCalledWith("metadata.user.plan");
});
