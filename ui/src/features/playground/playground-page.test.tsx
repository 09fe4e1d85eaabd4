import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { PlaygroundSearch } from "./lib/search";
import { PlaygroundPage } from "./playground-page";

vi.setConfig({ testTimeout: 30_000 });

const encoder = new TextEncoder();
const event = (value: unknown) => encoder.encode(`data: ${JSON.stringify(value)}\n\n`);
type Asked = { body: Record<string, unknown>; headers: Record<string, string> };
let asks: Asked[];
/** Streams of the models, which the tests write to. */
let streams: ReadableStreamDefaultController<Uint8Array>[];

beforeEach(() => {
  asks = [];
  streams = [];
  sessionStorage.clear();
  Element.prototype.scrollIntoView = () => {};
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    if (path === "/api/v1/chat/completions") {
      asks.push({
        body: JSON.parse(String(init.body)),
        headers: init.headers as Record<string, string>,
      });
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          streams.push(controller);
          init.signal?.addEventListener("abort", () => controller.error(init.signal?.reason));
        },
      });
      return new Response(stream, { headers: { "X-Generation-Id": "gen-1-x" } });
    }
    if (path === "/api/console/session") return Response.json({ keys_required: false });
    if (path.startsWith("/api/v1/private/projects")) return Response.json({ content: [] });
    if (path === "/api/v1/models") return Response.json({ data: [] });
    return new Response("{}", { status: 404 });
  });
});
afterEach(() => vi.unstubAllGlobals());

function Page() {
  const [search, setSearch] = useState<PlaygroundSearch>({ model: "m/a", temperature: 0.5 });
  return <PlaygroundPage search={search} onGo={setSearch} />;
}

async function show() {
  const root = createRootRoute({ component: Page });
  const router = createRouter({ routeTree: root, history: createMemoryHistory() });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
  await screen.findByRole("heading", { name: "Playground" });
}

it("asks as it is set, and shows the answer as it comes", async () => {
  const user = userEvent.setup();
  await show();
  await user.click(screen.getByRole("button", { name: "Send" }));
  expect(screen.getByRole("alert").textContent).toBe("Say something first");
  await user.type(screen.getByRole("textbox", { name: "Text of message 2, user" }), "Hello");
  await user.click(screen.getByRole("button", { name: "Send" }));
  expect(asks[0]?.body).toEqual({
    model: "m/a",
    temperature: 0.5,
    stream: true,
    messages: [{ role: "user", content: "Hello" }],
  });
  expect(asks[0]?.headers["X-Sightline-Source"]).toBe("playground");
  streams[0]?.enqueue(event({ choices: [{ delta: { content: "Good " } }] }));
  await screen.findByText("Good");
  streams[0]?.enqueue(event({ choices: [{ delta: { content: "day" }, finish_reason: "stop" }] }));
  streams[0]?.enqueue(
    event({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, cost: 0.002 } }),
  );
  streams[0]?.close();
  await screen.findByText("Good day");
  await screen.findByText("$0.0020");
  await user.click(await screen.findByRole("button", { name: "Continue" }));
  const taken = screen.getByRole("textbox", { name: "Text of message 3, assistant" });
  expect((taken as HTMLTextAreaElement).value).toBe("Good day");
});

it("stops at once, and keeps what was said", async () => {
  const user = userEvent.setup();
  await show();
  await user.type(screen.getByRole("textbox", { name: "Text of message 2, user" }), "Hello");
  await user.click(screen.getByRole("button", { name: "Send" }));
  await screen.findByRole("button", { name: "Stop" });
  streams[0]?.enqueue(event({ choices: [{ delta: { content: "Half" } }] }));
  await screen.findByText("Half");
  await user.click(screen.getByRole("button", { name: "Stop" }));
  await screen.findByText("stopped");
  expect(screen.getByText("Half")).toBeDefined();
  expect(screen.getByRole("button", { name: "Send" })).toBeDefined();
});

it("asks two models the same, side by side; one that fails says why in its place", async () => {
  const user = userEvent.setup();
  await show();
  await user.click(screen.getByRole("button", { name: "Compare" }));
  await user.type(screen.getByRole("textbox", { name: "Text of message 2, user" }), "Hello");
  await user.click(screen.getByRole("button", { name: "Send" }));
  await vi.waitFor(() => expect(streams).toHaveLength(2));
  streams[0]?.enqueue(event({ choices: [{ delta: { content: "One" } }] }));
  streams[0]?.close();
  streams[1]?.enqueue(event({ error: { code: 502, message: "Acme is down" }, choices: [] }));
  streams[1]?.close();
  await screen.findByText("Acme is down");
  await screen.findByText("One");
  expect(screen.getAllByRole("article")).toHaveLength(2);
});
