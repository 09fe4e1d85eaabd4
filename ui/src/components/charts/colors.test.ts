// @vitest-environment node

import { expect, it } from "vitest";
import { assign } from "./colors";

const MODELS = ["gpt-4o", "claude", "gemini", "llama", "mistral", "qwen", "deepseek"];

it("gives seven names seven colours", () => {
  expect(new Set(assign(MODELS, {}).values()).size).toBe(7);
});

it("keeps a name's colour when others come and go", () => {
  const remembered = {};
  const before = assign(MODELS, remembered);
  const after = assign(["newcomer", "qwen", "claude"], remembered);
  expect(after.get("qwen")).toBe(before.get("qwen"));
  expect(after.get("claude")).toBe(before.get("claude"));
});

it("tells two names of a chart apart that chose the same colour apart from each other", () => {
  const colors = assign(["a", "b"], { a: 2, b: 2 });
  expect(colors.get("a")).toBe("--chart-3");
  expect(colors.get("b")).not.toBe("--chart-3");
});

it("paints errors red and the rest grey", () => {
  const colors = assign(["error", "other", "ok"], {});
  expect(colors.get("error")).toBe("--danger");
  expect(colors.get("other")).toBe("--chart-8");
});
