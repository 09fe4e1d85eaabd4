import { expect, it } from "vitest";
import { periodOf, readLedgerSearch } from "./ledger-search";

const FROM = "2026-11-26T10:00:00.000Z";
const TO = "2026-11-26T12:00:00.000Z";
const blank = {
  range: undefined,
  from: undefined,
  to: undefined,
  project: undefined,
  refused: undefined,
  open: undefined,
};

it("reads a URL and leaves out what it says wrong", () => {
  expect(readLedgerSearch({})).toEqual(blank);
  expect(readLedgerSearch({ range: "24h" })).toEqual(blank);
  expect(readLedgerSearch({ range: "century", from: "then", refused: "no", open: 3 })).toEqual(
    blank,
  );
  expect(readLedgerSearch({ range: "7d", refused: "true", project: "p", open: "a/b" })).toEqual({
    ...blank,
    range: "7d",
    refused: true,
    project: "p",
    open: "a/b",
  });
  expect(readLedgerSearch({ from: FROM, to: TO })).toEqual({ ...blank, from: FROM, to: TO });
  expect(readLedgerSearch({ from: TO, to: FROM })).toEqual(blank);
  expect(readLedgerSearch({ from: FROM })).toEqual(blank);
});

it("asks up to now, or for a part", () => {
  const now = Date.parse(TO);
  expect(periodOf({}, now)).toEqual({ from: "2026-11-25T12:00:00.000Z" });
  expect(periodOf({ range: "1h" }, now)).toEqual({ from: "2026-11-26T11:00:00.000Z" });
  expect(periodOf({ range: "1h", from: FROM, to: TO }, now)).toEqual({ from: FROM, to: TO });
});
