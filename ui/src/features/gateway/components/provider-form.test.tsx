import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Provider } from "../api/types";
import { ProviderForm } from "./provider-form";

vi.setConfig({ testTimeout: 30_000 });
afterEach(() => vi.unstubAllGlobals());

const KEPT: Provider = {
  id: "1",
  slug: "acme",
  name: "Acme",
  dialect: "openai",
  base_url: "https://acme.example/v1",
  api_key: "****...1234",
  headers: { "X-Team": "****...team" },
  options: {},
  enabled: true,
  keeps_data: false,
  is_zdr: false,
  is_byok: false,
  created_at: "2026-01-01T00:00:00Z",
  created_by: "ana",
  last_updated_at: "2026-01-01T00:00:00Z",
  last_updated_by: "ana",
};

class NoObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}

async function show(kept: Provider | undefined, answer: Response) {
  const asked: { method: string; path: string; body: unknown }[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push({ method: String(init.method), path, body: JSON.parse(String(init.body)) });
    return answer.clone();
  });
  vi.stubGlobal("ResizeObserver", NoObserver);
  const onDone = vi.fn();
  const root = createRootRoute({
    component: () => (
      <ProviderForm
        known={undefined}
        dialects={["anthropic", "openai"]}
        kept={kept}
        onDone={onDone}
        onBack={() => {}}
      />
    ),
  });
  const router = createRouter({ routeTree: root, history: createMemoryHistory() });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
  await screen.findByRole("form");
  return { asked, onDone };
}

it("sends only what was changed, and a kept key never", async () => {
  const user = userEvent.setup();
  const { asked, onDone } = await show(KEPT, Response.json(KEPT));
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Save and test" }).disabled).toBe(
    true,
  );
  const name = screen.getByRole("textbox", { name: "Name" });
  await user.clear(name);
  await user.type(name, "Acme 2");
  await user.click(screen.getByRole("button", { name: "Save and test" }));
  await vi.waitFor(() => expect(onDone).toHaveBeenCalledWith("1"));
  expect(asked).toEqual([
    { method: "PATCH", path: "/api/console/gateway/providers/1", body: { name: "Acme 2" } },
  ]);
});

it("asks nothing while something is missing, and then says what the server says", async () => {
  const user = userEvent.setup();
  const refused = { detail: "Not valid", fields: ["base_url must be public"] };
  const { asked } = await show(undefined, Response.json(refused, { status: 422 }));
  await user.click(screen.getByRole("button", { name: "Save and test" }));
  expect(screen.getByText("Give it a name")).toBeDefined();
  expect(asked).toEqual([]);
  await user.type(screen.getByRole("textbox", { name: "Name" }), "Mine");
  await user.type(screen.getByRole("textbox", { name: "Prefix" }), "Mine");
  await user.type(screen.getByRole("textbox", { name: "Base URL" }), "http://10.0.0.1/v1");
  await user.click(screen.getByRole("button", { name: "Save and test" }));
  expect(await screen.findByText("Must be public")).toBeDefined();
  expect(asked[0]?.body).toMatchObject({ slug: "mine", base_url: "http://10.0.0.1/v1" });
});
