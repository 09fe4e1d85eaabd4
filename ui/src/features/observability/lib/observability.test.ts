import { describe, expect, it } from "vitest";
import { spanIdOf } from "@/lib/generation-id";
import { chartOf, filledDays } from "./days";
import { errorAt, fieldErrors } from "./field-errors";
import { freeName } from "./free-name";
import { fromLocalInput, toLocalInput } from "./local-time";
import { readObservabilitySearch } from "./search";
import { lagText, waitText } from "./waits";

describe("field errors", () => {
  const errors = fieldErrors([
    "config.apiKey is required",
    "config.headers.X-A is masked, and not the value that is kept",
    "filter_rules.groups[0].rules[1].value must be a number",
    "config has no such key",
  ]);
  it("stand under their field, or the one that holds it", () => {
    expect(errorAt(errors, "config.apiKey")).toBe("Is required");
    expect(errorAt(errors, "config.headers")).toMatch(/^Is masked/);
    expect(errorAt(errors, "filter_rules.groups[0].rules[1]")).toBe("Must be a number");
    expect(errorAt(errors, "filter_rules.groups[0].rules[0]")).toBeUndefined();
    expect(errors.config).toBe("Has no such key");
  });
});

describe("the id of a generation", () => {
  it("holds the id of its span", () => {
    expect(spanIdOf("gen-1759354471-4zOwzrlVcYg15LF9rhrH")).toBe(
      "0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
    );
    expect(spanIdOf("gen-1795716176-0C1LAUthpHQJ6rHfU6Ut")).toBe(
      "01a21906-5ae5-79d2-97c3-0f095d951c53",
    );
  });
  it("is left alone when it is another's", () => {
    expect(spanIdOf("chatcmpl-123")).toBeUndefined();
    expect(spanIdOf("gen-1-abc")).toBeUndefined();
  });
});

describe("days", () => {
  it("are all there, up to today in UTC", () => {
    const counts = { queued: 3, delivered: 2, retried: 0, failed: 1, dropped: 0 };
    const day = { ...counts, dropped_backlog: 0, dropped_age: 0, dropped_lost: 0, replayed: 0 };
    const now = Date.parse("2026-11-26T23:59:00Z");
    const days = filledDays([{ ...day, day: "2026-11-25" }], 3, now);
    expect(days.map((one) => [one.day, one.delivered])).toEqual([
      ["2026-11-24", 0],
      ["2026-11-25", 2],
      ["2026-11-26", 0],
    ]);
    expect(chartOf(days).series.map((one) => one.values)).toEqual([
      [0, 2, 0],
      [0, 1, 0],
      [0, 0, 0],
    ]);
  });
});

describe("the address", () => {
  it("reads what it knows and forgets the rest", () => {
    expect(
      readObservabilitySearch({ destination: "1", tab: "failures", page: "2", days: "7", x: 1 }),
    ).toMatchObject({ destination: "1", tab: "failures", page: 2, days: 7 });
    expect(readObservabilitySearch({ tab: "x", page: "-1", days: "8", from: "soon" })).toEqual({});
  });
});

describe("names and times", () => {
  it("finds a name that is free", () => {
    expect(freeName("Langfuse", [])).toBe("Langfuse");
    expect(freeName("Langfuse", [{ name: "langfuse" }, { name: "Langfuse 2" }])).toBe("Langfuse 3");
  });
  it("goes from a moment to an input and back, to the minute", () => {
    const iso = "2026-11-26T14:03:00.000Z";
    expect(fromLocalInput(toLocalInput(iso))).toBe(iso);
    expect(fromLocalInput("")).toBeUndefined();
  });
  it("counts in whole seconds", () => {
    expect(waitText(3200)).toBe("4 s");
    expect(waitText(30_000)).toBe("30 s");
    expect(waitText(65_000)).toBe("1 m 05 s");
    expect(lagText(0.2)).toBe("<1 s");
    expect(lagText(null)).toBe("–");
  });
});
