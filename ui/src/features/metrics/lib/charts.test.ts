// @vitest-environment node

import { expect, it } from "vitest";
import { chartPlans } from "./charts";

const planOf = (id: string, ...args: Parameters<typeof chartPlans>) =>
  chartPlans(...args).find((p) => p.id === id);

it("stacks only what adds up", () => {
  expect(planOf("count", "trace", "none", "p50")).toMatchObject({ kind: "bars", hasTotal: true });
  expect(planOf("count", "span", "model", "p50")?.kind).toBe("bars");
  // A trace that calls two models stands in both groups.
  expect(planOf("count", "trace", "model", "p50")).toMatchObject({
    kind: "lines",
    hasTotal: false,
  });
  expect(planOf("cost", "trace", "model", "p50")?.kind).toBe("bars");
  expect(planOf("cost", "trace", "tags", "p50")?.kind).toBe("lines");
});

it("shows cost by model where nothing else is asked for", () => {
  expect(planOf("cost", "trace", "none", "p50")?.asked.breakdown).toBe("model");
  expect(planOf("cost", "trace", "user", "p50")?.asked.breakdown).toBe("user");
});

it("asks for one percentile where groups are compared", () => {
  expect(planOf("duration", "trace", "none", "p99")?.asked.percentile).toBeUndefined();
  expect(planOf("duration", "trace", "name", "p99")).toMatchObject({
    title: "Duration, p99",
    asked: { percentile: "p99", breakdown: "name" },
  });
});
