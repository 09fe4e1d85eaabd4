import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { configure, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TooltipProvider } from "@/components/ui/tooltip";
import { onKeyDown } from "@/lib/hotkeys";
import type { SliceSearch } from "@/lib/slice";
import { ExploreBar } from "./explore-bar";
import { FacetSidebar } from "./facet-sidebar";

// A laden machine takes its time; nothing here waits longer than it must.
configure({ asyncUtilTimeout: 8000 });
vi.setConfig({ testTimeout: 30_000 });

const MODEL = {
  name: "model",
  short: "model",
  aliases: [],
  kind: "string",
  operators: [":", "=", "!=", "*"],
  keyed: false,
  needs_key: false,
  keys: [],
  values: [],
  description: "The model called",
};
const value = (name: string, count: number) => ({
  value: name,
  label: name,
  count,
  query: `model:${name}`,
});
const chip = (text: string, more: object) => ({
  start: 0,
  end: text.length,
  text,
  field: "model",
  key: "",
  negated: text.startsWith("-"),
  ...more,
});
const CHIPS: Record<string, object[]> = {
  "model:gpt-4o": [chip("model:gpt-4o", { operator: "=", values: ["gpt-4o"] })],
  "-model:gpt-4o": [chip("-model:gpt-4o", { operator: "=", values: ["gpt-4o"] })],
};
const READ = { canonical: "", tree: null, error: null };

/** What the server says, by path. */
function answer(path: string, body: { query?: string } | undefined): unknown {
  if (path.endsWith("/query/parse")) {
    const query = body?.query ?? "";
    if (query !== "colour:red") return { ...READ, chips: CHIPS[query] ?? [] };
    const error = { detail: "A trace has no field `colour`", hint: "", at: 0, end: 6 };
    return { ...READ, chips: [], error };
  }
  if (path.endsWith("/query/fields")) return { fields: [MODEL] };
  if (path.endsWith("/query/values"))
    return {
      values: [
        { value: "gpt-4o", count: 1234 },
        { value: "claude", count: 7 },
      ],
    };
  if (path.endsWith("/facets"))
    return {
      facets: [
        {
          field: "model",
          label: "Model",
          kind: "values",
          values: [value("gpt-4o", 1234), value("claude", 7)],
          missing: 3,
        },
      ],
    };
  return { count: 0, hidden: 0, previous: null };
}

let broken = false;

beforeEach(() => {
  broken = false;
  localStorage.clear();
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  Element.prototype.scrollIntoView = () => {};
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    if (broken) return new Response('{"detail":"The store is away"}', { status: 400 });
    const body = init?.body ? JSON.parse(String(init.body)) : undefined;
    return new Response(JSON.stringify(answer(new URL(url, "http://x").pathname, body)));
  });
  window.addEventListener("keydown", onKeyDown);
});
afterEach(() => {
  window.removeEventListener("keydown", onKeyDown);
  vi.unstubAllGlobals();
});

function show(part: "bar" | "facets", search: SliceSearch = {}) {
  const onChange = vi.fn();
  const props = { projectId: "p", entity: "trace", search, onChange } as const;
  render(
    <QueryClientProvider
      client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}
    >
      <TooltipProvider>
        {part === "bar" ? <ExploreBar {...props} /> : <FacetSidebar {...props} />}
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return { onChange, user: userEvent.setup() };
}
const field = () => screen.getByRole("combobox", { name: "Query" }) as HTMLInputElement;

it("completes a field and a value by keys, and applies the query", async () => {
  const { onChange, user } = show("bar");
  await user.keyboard("/mo");
  expect(document.activeElement).toBe(field());
  expect(await screen.findByRole("option", { name: /^model/ })).toBeTruthy();
  await user.keyboard("{Tab}");
  expect(field().value).toBe("model:");
  expect((await screen.findByRole("option", { name: /gpt-4o/ })).textContent).toContain("1,234");
  await user.keyboard("{ArrowDown}{Enter}");
  expect(field().value).toBe("model:gpt-4o ");
  expect(onChange).not.toHaveBeenCalled();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(onChange).toHaveBeenCalledWith({ q: "model:gpt-4o" }));
});

it("keeps a query that does not read, and says what is wrong with it", async () => {
  const { onChange, user } = show("bar");
  await user.type(field(), "colour:red{Enter}");
  await waitFor(() => expect(field().getAttribute("aria-invalid")).toBe("true"));
  expect(document.body.textContent).toContain("A trace has no field colour");
  expect(onChange).not.toHaveBeenCalled();
  expect(field().value).toBe("colour:red");
});

it("takes a condition out, and turns it round", async () => {
  const { onChange, user } = show("bar", { q: "model:gpt-4o" });
  const chipButton = await screen.findByRole("button", { name: "model:gpt-4o" });
  await user.keyboard("{Alt>}");
  await user.click(chipButton);
  await user.keyboard("{/Alt}");
  expect(onChange).toHaveBeenLastCalledWith({ q: "-model:gpt-4o" });
  await user.click(screen.getByRole("button", { name: "Remove model:gpt-4o" }));
  expect(onChange).toHaveBeenLastCalledWith({ q: undefined });
});

it("writes what is checked into the query", async () => {
  const { onChange, user } = show("facets");
  await user.click(await screen.findByRole("checkbox", { name: /^claude/ }));
  expect(onChange).toHaveBeenLastCalledWith({ q: "model:claude" });
  await user.click(screen.getByRole("button", { name: "Leave out claude" }));
  expect(onChange).toHaveBeenLastCalledWith({ q: "-model:claude" });
  await user.click(screen.getByRole("checkbox", { name: /^none/ }));
  expect(onChange).toHaveBeenLastCalledWith({ q: "-model:*" });
});

it("checks what the query says", async () => {
  const { onChange, user } = show("facets", { q: "model:gpt-4o" });
  const box = await screen.findByRole("checkbox", { name: /^gpt-4o/ });
  await waitFor(() => expect(box.getAttribute("aria-checked")).toBe("true"));
  await user.click(screen.getByRole("checkbox", { name: /^claude/ }));
  expect(onChange).toHaveBeenLastCalledWith({ q: "model:(gpt-4o, claude)" });
  await user.click(box);
  expect(onChange).toHaveBeenLastCalledWith({ q: undefined });
});

it("says that values could not be counted, and tries again", async () => {
  broken = true;
  const { user } = show("facets");
  expect((await screen.findByRole("alert")).textContent).toContain("The store is away");
  broken = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("checkbox", { name: /^gpt-4o/ })).toBeTruthy();
});
