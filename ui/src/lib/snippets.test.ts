import { expect, test } from "vitest";
import { addProvider, type Place, snippets } from "./snippets";

const OPEN: Place = { origin: "https://traces.example", key: undefined, workspace: "team" };
const all = (place: Place) =>
  [...snippets(place).flatMap((s) => s.parts), addProvider(place)].map((p) => p.code).join("\n");
const codeOf = (place: Place, id: string) =>
  snippets(place)
    .find((s) => s.id === id)
    ?.parts.map((p) => p.code)
    .join("\n") ?? "";

test("an open server is named and no key is asked for", () => {
  expect(all(OPEN)).toContain("https://traces.example/api/");
  expect(all(OPEN)).not.toMatch(/OPIK_API_KEY|Authorization|PROJECT_NAME|project_name/);
});

test("with a key every client sends it, in the form that it reads", () => {
  const text = all({ ...OPEN, key: "opik_a b" });
  expect(text).toContain("export OPIK_API_KEY='opik_a b'");
  expect(text).toContain("export OPIK_WORKSPACE=team");
  expect(text).toContain("Authorization=opik_a%20b");
  expect(text).toContain("-H 'Authorization: opik_a b'");
  expect(text).toContain("-H 'Authorization: Bearer opik_a b'");
  expect(text).toContain('api_key="opik_a b"');
});

test("a project is named by all, whatever its name", () => {
  const place = { ...OPEN, project: "Bob's NOW" };
  for (const { id, parts } of snippets(place)) {
    if (parts.every((part) => part.label === "config.yaml")) continue;
    expect(codeOf(place, id)).toMatch(/Bob(%27|'\\''|')s/);
  }
  expect(codeOf(place, "otel")).toContain("projectName=Bob%27s%20NOW");
  expect(codeOf(place, "opik")).toContain("OPIK_PROJECT_NAME='Bob'\\''s NOW'");
  // The time is put in for the start, and not into the project's name.
  expect(codeOf(place, "http")).toContain(`{"start_time":"'"$(date -u`);
});

test("through the gateway OpenAI's client needs no provider", () => {
  const code = codeOf({ ...OPEN, project: "bot" }, "gateway");
  expect(code).toContain('base_url="https://traces.example/api/v1"');
  expect(code).toContain('model="sightline/echo"');
  expect(code).toContain('default_headers={"opik-project-name": "bot"}');
  expect(code).toContain("-H 'opik-project-name: bot'");
});
