import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { onKeyDown } from "@/lib/hotkeys";
import { AnnotatePanel } from "./annotate-panel";

const DEFINITIONS = [
  { id: "1", name: "Accuracy", type: "numerical", details: { min: 0, max: 1 } },
  { id: "2", name: "Tone", type: "categorical", details: { categories: { rude: 0, kind: 1 } } },
];
const TARGET = { kind: "trace", id: "t", traceId: "t", projectId: "p" } as const;

let sent: { path: string; body: unknown }[] = [];
let isDown = false;

beforeEach(() => {
  sent = [];
  isDown = false;
  window.addEventListener("keydown", onKeyDown);
  // The network ends here; all this side of it is real.
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
    if (path.startsWith("/api/console/session")) return json({ user: "ann", role: "write" });
    if (init.method === "GET") return json({ content: DEFINITIONS });
    if (isDown) return json({ message: "The disk is full" }, 507);
    sent.push({ path, body: JSON.parse(String(init.body)) });
    return new Response(null, { status: 204 });
  });
});

afterEach(() => {
  window.removeEventListener("keydown", onKeyDown);
  vi.unstubAllGlobals();
});

function show() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <AnnotatePanel target={TARGET} scores={[]} />
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

test("digits lead to a score and give it, Enter goes on", async () => {
  const user = show();
  await screen.findByText("Accuracy");
  await user.keyboard("1");
  expect(screen.getByLabelText("Accuracy, number")).toHaveProperty(
    "ownerDocument.activeElement.value",
    "",
  );
  await user.keyboard("0.7{Enter}");
  await waitFor(() =>
    expect(sent).toContainEqual({
      path: "/api/v1/private/traces/t/feedback-scores",
      body: { source: "ui", name: "Accuracy", value: 0.7 },
    }),
  );
  await user.keyboard("2");
  await waitFor(() =>
    expect(sent.at(-1)?.body).toEqual({
      source: "ui",
      name: "Tone",
      value: 1,
      category_name: "kind",
    }),
  );
});

test("a number out of bounds is not sent", async () => {
  const user = show();
  await screen.findByText("Accuracy");
  await user.type(screen.getByLabelText("Accuracy, number"), "7");
  expect(screen.getByRole("alert").textContent).toBe("At most 1");
  await user.tab();
  expect(sent).toEqual([]);
});

test("what was not saved stays on screen and can be sent again", async () => {
  const user = show();
  const tone = await screen.findByRole("radiogroup", { name: "Tone" });
  isDown = true;
  await user.click(within(tone).getByRole("radio", { name: "kind" }));
  expect(await screen.findByText("Not saved")).toHaveProperty("title", "The disk is full");
  expect(within(tone).getByRole("radio", { name: "kind", checked: true })).toBeTruthy();
  isDown = false;
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByText("Saved");
  expect(sent).toHaveLength(1);
});
