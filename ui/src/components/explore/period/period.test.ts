// @vitest-environment node

import { describe, expect, it } from "vitest";
import {
  boundsOf,
  canGoLater,
  fromInput,
  lengthWords,
  periodWords,
  shifted,
  toInput,
  zoomedOut,
} from "./period";

const NOW = Date.parse("2026-11-26T12:00:00Z");
const at = (text: string) => Date.parse(text);

describe("bounds", () => {
  it("counts a range back from now", () =>
    expect(boundsOf({ range: "24h" }, NOW)).toEqual({ from: at("2026-11-25T12:00:00Z"), to: NOW }));
  it("leaves an open end at now", () =>
    expect(boundsOf({ from: "2026-11-26T10:00:00Z" }, NOW)).toEqual({
      from: at("2026-11-26T10:00:00Z"),
      to: NOW,
    }));
  it("has none for all time", () => expect(boundsOf({ range: "all" }, NOW)).toBeUndefined());
});

describe("shifting", () => {
  it("goes back by the period's own length", () => {
    expect(shifted({ range: "1h" }, -1, NOW)).toEqual({
      from: "2026-11-26T10:00:00.000Z",
      to: "2026-11-26T11:00:00.000Z",
    });
  });
  it("comes forward again to the named range", () => {
    const back = shifted({ range: "1h" }, -1, NOW);
    expect(shifted({ ...back, range: "1h" }, 1, NOW)).toEqual({
      from: undefined,
      to: undefined,
      range: "1h",
    });
  });
  it("keeps an odd length up to now", () => {
    const search = { from: "2026-11-26T10:00:00Z", to: "2026-11-26T11:10:00Z" };
    expect(shifted(search, 1, NOW)).toEqual({ from: "2026-11-26T10:50:00.000Z", to: undefined });
  });
  it("does nothing with all time", () =>
    expect(shifted({ range: "all" }, -1, NOW)).toBeUndefined());
  it("knows whether there is a later", () => {
    expect(canGoLater({ range: "1h" }, NOW)).toBe(false);
    expect(canGoLater({ from: "2026-11-26T09:00:00Z", to: "2026-11-26T10:00:00Z" }, NOW)).toBe(
      true,
    );
  });
});

describe("zooming out", () => {
  it("doubles around the middle", () => {
    const search = { from: "2026-11-26T04:00:00Z", to: "2026-11-26T06:00:00Z" };
    expect(zoomedOut(search, NOW)).toEqual({
      from: "2026-11-26T03:00:00.000Z",
      to: "2026-11-26T07:00:00.000Z",
    });
  });
  it("ends at now and takes a name where one fits", () => {
    expect(zoomedOut({ range: "7d" }, NOW)).toEqual({
      from: undefined,
      to: undefined,
      range: "14d",
    });
    expect(zoomedOut({ range: "1h" }, NOW)).toEqual({
      from: "2026-11-26T10:00:00.000Z",
      to: undefined,
    });
  });
});

it("gives a local field back what it was given", () => {
  expect(fromInput(toInput(NOW))).toBe("2026-11-26T12:00:00.000Z");
  expect(fromInput("")).toBeUndefined();
  expect(fromInput("no time")).toBeUndefined();
});

describe("words", () => {
  const local = (text: string) => new Date(text).toISOString();
  it("says a day once", () => {
    const search = { from: local("2026-11-26T09:00"), to: local("2026-11-26T10:30") };
    expect(periodWords(search, NOW)).toBe("26 Nov 09:00 – 10:30");
  });
  it("says the year only where it is another", () => {
    const search = { from: local("2025-12-31T23:00"), to: local("2026-01-01T01:00") };
    expect(periodWords(search, NOW)).toBe("31 Dec 2025 23:00 – 1 Jan 01:00");
  });
  it("says open ends", () => {
    expect(periodWords({ from: local("2026-11-26T09:00") }, NOW)).toBe("Since 26 Nov 09:00");
    expect(periodWords({ to: local("2026-11-26T09:00") }, NOW)).toBe("Until 26 Nov 09:00");
    expect(periodWords({}, NOW)).toBe("Last 14 days");
  });
  it.each([
    [90 * 60_000, "1.5 hours"],
    [86_400_000, "1 day"],
    [14 * 86_400_000, "14 days"],
    [30_000, "30 seconds"],
  ])("%d ms is %s", (ms, words) => expect(lengthWords(ms)).toBe(words));
});
