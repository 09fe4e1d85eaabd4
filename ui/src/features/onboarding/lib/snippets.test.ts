import { expect, test } from "vitest";
import { snippets } from "./snippets";

const all = (key?: string) =>
  snippets("https://traces.example", key, "team")
    .flatMap((s) => s.parts.map((p) => p.code))
    .join("\n");

test("an open server is named and no key is asked for", () => {
  expect(all()).toContain("https://traces.example/api/");
  expect(all()).not.toMatch(/API_KEY=opik|Authorization/);
});

test("with a key, every client sends it, and OpenTelemetry in the form of its header list", () => {
  const text = all("opik_a b");
  expect(text).toContain("export OPIK_API_KEY=opik_a b");
  expect(text).toContain("export OPIK_WORKSPACE=team");
  expect(text).toContain("Authorization=opik_a%20b");
  expect(text).toContain("-H 'Authorization: opik_a b'");
});
