import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, expect, test, vi } from "vitest";
import type { JsonValue } from "@/components/json-view/json-text";
import { ConversationView } from "./conversation-view";
import { MediaProvider } from "./media";
import { normalise } from "./normalise";
import type { Conversation } from "./types";

beforeAll(() => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
});

const FILE = "input-attachment-112345678901234567890-1700000000000.png";

function show(input: JsonValue, output: JsonValue) {
  render(
    <MediaProvider
      attachments={[{ file_name: FILE, mime_type: "image/png", file_size: 9, link: "/api/file" }]}
    >
      <ConversationView conversation={normalise(input, output) as Conversation} />
    </MediaProvider>,
  );
  return userEvent.setup();
}

test("history is folded, what is new is shown, and the fold opens", async () => {
  const said = ["one", "two", "three"].flatMap((text) => [
    { role: "user", content: text },
    { role: "assistant", content: `re: ${text}` },
  ]);
  const user = show([...said, { role: "user", content: "now" }], "done");
  expect(await screen.findByText("now")).toBeTruthy();
  expect(screen.queryByText("re: two")).toBeNull();
  await user.click(screen.getByRole("button", { name: "6 earlier messages" }));
  expect(await screen.findByText("re: two")).toBeTruthy();
});

test("a tool's call opens into its arguments and what came back", async () => {
  const user = show(
    [
      { role: "user", content: "go" },
      {
        role: "assistant",
        content: "",
        tool_calls: [{ id: "c", function: { name: "weather", arguments: '{"city":"Oslo"}' } }],
      },
      { role: "tool", tool_call_id: "c", content: "cold" },
    ],
    "It is cold",
  );
  await user.click(screen.getByRole("button", { name: /weather/ }));
  expect(screen.getByRole("region", { name: "Arguments" }).textContent).toContain("Oslo");
  expect(screen.getByRole("region", { name: "Result" }).textContent).toContain("cold");
});

test("a picture of this server shows at once, another server's when it is asked for", async () => {
  const user = show(
    [
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: `[${FILE}]` } },
          { type: "image_url", image_url: { url: "https://example.com/a.png" } },
        ],
      },
    ],
    "ok",
  );
  expect(screen.getAllByRole("img").map((img) => img.getAttribute("src"))).toEqual(["/api/file"]);
  await user.click(screen.getByRole("button", { name: "Load image from example.com" }));
  expect(screen.getAllByRole("img").map((img) => img.getAttribute("src"))).toContain(
    "https://example.com/a.png",
  );
});

test("HTML and script addresses in Markdown do nothing", async () => {
  show("q", "<img src=x onerror=alert(1)> [bad](javascript:alert(1)) [good](https://example.com)");
  const good = await screen.findByRole("link", { name: "good" });
  expect(good.getAttribute("rel")).toContain("noopener");
  expect(screen.queryByRole("link", { name: "bad" })).toBeNull();
  expect(screen.queryByRole("img")).toBeNull();
  expect(screen.getByText(/<img src=x onerror=alert\(1\)>/)).toBeTruthy();
});
