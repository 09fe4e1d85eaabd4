import { describe, expect, it } from "vitest";
import type { LedgerRow } from "../api/ledger";
import { chartOf, clientOf, keyOf, projectOf, reasonOf, shareOf } from "./ledger";

const row = (more: Partial<LedgerRow> = {}): LedgerRow => ({
  project_id: "p1",
  project_name: "Chat",
  is_ours: true,
  face: "opik",
  client: "opik-python",
  client_version: "2.2.122",
  received: 3,
  stored: 1,
  refused: 2,
  reasons: { bad_field: 2 },
  last_received_at: "2026-11-26T14:00:00Z",
  ...more,
});

describe("rows in words", () => {
  it("writes clients with their version, and says when there is none", () => {
    expect(clientOf(row())).toBe("opik-python 2.2.122");
    expect(clientOf(row({ client: "node", client_version: null }))).toBe("node");
    expect(clientOf(row({ client: "other", client_version: null }))).toBe("Others");
    expect(clientOf(row({ client: "unnamed", client_version: null }))).toBe("Not said");
  });
  it("says why there is no project", () => {
    const nobody = { project_id: null, project_name: null };
    expect(projectOf(row())).toBe("Chat");
    expect(projectOf(row({ project_name: null }))).toBe("Deleted project");
    expect(projectOf(row(nobody))).toBe("Not known");
    expect(projectOf(row({ ...nobody, is_ours: false }))).toBe("Before the key was known");
  });
  it("tells rows apart by name", () => {
    const rows = [
      row(),
      row({ project_id: "p2" }),
      row({ face: "otlp" }),
      row({ client_version: null }),
      row({ project_id: null }),
      row({ project_id: null, is_ours: false }),
    ];
    expect(new Set(rows.map(keyOf)).size).toBe(rows.length);
  });
  it("knows a reason that a newer server has by its code", () => {
    expect(reasonOf("queue_full").label).toBe("Queue full");
    expect(reasonOf("eaten")).toEqual({ label: "eaten", help: "" });
  });
});

describe("shares", () => {
  it("never calls all what is not all", () => {
    expect(shareOf(999_999, 1_000_000)).toBe(">99.9%");
    expect(shareOf(1, 1_000_000)).toBe("<0.1%");
    expect(shareOf(2, 3)).toBe("66.7%");
    expect(shareOf(3, 3)).toBe("100%");
    expect(shareOf(0, 3)).toBe("0%");
    expect(shareOf(0, 0)).toBe("");
  });
});

it("draws what was refused in the colour of errors", () => {
  const chart = chartOf({
    from: "2026-11-26T14:00:00Z",
    to: "2026-11-26T14:30:00Z",
    step_s: 900,
    lost_by_a_crash_s: 5,
    total: row(),
    rows: [],
    rows_left_out: 0,
    series: [
      { time: "2026-11-26T14:00:00Z", stored: 4, refused: 0 },
      { time: "2026-11-26T14:15:00Z", stored: 1, refused: 2 },
    ],
  });
  expect(chart.step).toBe(900_000);
  expect((chart.times[1] ?? 0) - (chart.times[0] ?? 0)).toBe(chart.step);
  expect(chart.series).toEqual([
    { name: "error", label: "Refused", values: [0, 2] },
    { name: "ok", label: "Stored", values: [4, 1] },
  ]);
});
