import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Destination, DestinationType, FilterWords } from "../api/types";
import { type Draft, draftOf } from "../lib/draft";
import type { FieldErrors } from "../lib/field-errors";
import { DestinationForm } from "./destination-form";

const field = { description: "", required: false, secret: false, default: null, placeholder: "" };
const TYPE: DestinationType = {
  type: "example",
  title: "Example",
  docs_url: "",
  fields: [
    {
      ...field,
      key: "apiKey",
      title: "API key",
      required: true,
      secret: true,
      kind: "text",
      options: [],
    },
    { ...field, key: "url", title: "URL", required: true, kind: "text", options: [] },
    { ...field, key: "headers", title: "Custom headers", kind: "headers", options: [] },
  ],
};
const WORDS: FilterWords = {
  text_fields: ["model"],
  number_fields: ["total_cost"],
  operators: ["equals", "contains", "gt", "exists"],
};
const KEYS = { content: [{ hash: "a".repeat(64), name: "ci", label: "sk-…a", disabled: false }] };

beforeEach(() => {
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(KEYS)));
});
afterEach(() => vi.unstubAllGlobals());

type Shown = {
  kept: Destination | undefined;
  errors: FieldErrors;
  onDraft: (draft: Draft) => void;
};

function Form({ kept, errors, onDraft }: Shown) {
  const [draft, setDraft] = useState(() => draftOf(TYPE, kept));
  onDraft(draft);
  return (
    <DestinationForm
      type={TYPE}
      words={WORDS}
      kept={kept}
      draft={draft}
      errors={errors}
      outcome={undefined}
      isTesting={false}
      onTest={() => {}}
      onChange={setDraft}
    />
  );
}

/** Shows the form and returns how to read its draft. */
function show(kept?: Partial<Destination>, errors: FieldErrors = {}) {
  let latest: Draft | undefined;
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Form
        kept={kept as Destination | undefined}
        errors={errors}
        onDraft={(draft) => {
          latest = draft;
        }}
      />
    </QueryClientProvider>,
  );
  return () => latest as Draft;
}

it("keeps a secret until it is replaced, and takes the old one back", async () => {
  const user = userEvent.setup();
  const draft = show({ name: "Mine", sampling_rate: 1, config: { apiKey: "****...AbCd" } });
  expect(screen.getByLabelText("API key")).toHaveProperty("readOnly", true);
  await user.click(screen.getByRole("button", { name: "Replace API key" }));
  await user.type(screen.getByLabelText("API key"), "new");
  expect(draft().values.apiKey).toBe("new");
  await user.click(screen.getByRole("button", { name: "Keep the old API key" }));
  expect(draft().values.apiKey).toBe("****...AbCd");
});

it("says under a field what is wrong with it", () => {
  show(undefined, { "config.url": "Must be a URL", "config.headers.X-A": "Cannot be sent" });
  const url = screen.getByLabelText("URL");
  expect(url.getAttribute("aria-invalid")).toBe("true");
  expect(document.getElementById(url.getAttribute("aria-describedby") ?? "")?.textContent).toBe(
    "Must be a URL",
  );
  expect(screen.getByText("Cannot be sent").getAttribute("role")).toBe("alert");
});

it("builds headers and rules", async () => {
  const user = userEvent.setup();
  const draft = show();
  await user.click(screen.getByRole("button", { name: "Add header" }));
  await user.type(screen.getByLabelText("Name of header 1"), "X-A");
  await user.type(screen.getByLabelText("Value of header 1"), "1");
  expect(draft().headers.headers).toMatchObject([{ name: "X-A", value: "1" }]);
  await user.click(screen.getByRole("button", { name: "Add rule" }));
  await user.type(screen.getByLabelText("Value of rule 1 of group 1"), "openai/");
  await user.click(
    within(screen.getByRole("group", { name: "Group 1" })).getByRole("button", {
      name: "Add rule",
    }),
  );
  await user.click(screen.getByRole("radio", { name: "any" }));
  expect(draft().filter.groups).toMatchObject([
    { logic: "or", rules: [{ field: "model", operator: "equals", value: "openai/" }, {}] },
  ]);
});

it("chooses API keys by name", async () => {
  const user = userEvent.setup();
  const draft = show();
  await user.click(screen.getByRole("radio", { name: "Only some" }));
  await user.click(
    await screen.findByRole("button", { name: "Choose: Keys whose calls are sent" }),
  );
  await user.click(await screen.findByRole("checkbox", { name: /ci/ }));
  expect(draft().keys).toEqual(["a".repeat(64)]);
});
