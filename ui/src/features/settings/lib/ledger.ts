/** The ledger in words and as a chart. */

import type { ChartData } from "@/components/charts/types";
import type { Ledger, LedgerRow } from "../api/ledger";

type Reason = { label: string; help: string };

/** Why a message was not stored, and what one can do. */
const REASONS: Record<string, Reason> = {
  no_key: { label: "No API key", help: "The client sent none. Give it a key." },
  wrong_key: { label: "Wrong API key", help: "It is unknown, revoked or expired." },
  no_access: {
    label: "Not allowed",
    help: "The key may only read or is of another workspace, or a page of another site sent it.",
  },
  no_credit: { label: "Over its limit", help: "The gateway key has spent what it may." },
  bad_request: {
    label: "Not readable",
    help: "Broken JSON or protobuf, a body that was cut short, or no valid call.",
  },
  bad_field: {
    label: "Wrong value",
    help: "The answer named the field. One wrong item refuses the batch it is in.",
  },
  too_large: {
    label: "Too large",
    help: "See the settings ingest.max_body_bytes and ingest.max_field_bytes.",
  },
  not_taken: {
    label: "Not taken",
    help: "A content type, an encoding or a kind of data that is not taken, as OpenTelemetry logs.",
  },
  not_found: { label: "Not there", help: "It names a workspace or an item that is not there." },
  conflict: {
    label: "There already",
    help: "An item with this id is there already, or it is in another project.",
  },
  ignored: {
    label: "Nothing to store",
    help: "It was answered with success: a repetition, or a change of what is not there.",
  },
  rate_limited: {
    label: "Too many requests",
    help: "The rate of a gateway key, or wrong keys from one address. Clients wait and send again.",
  },
  queue_full: {
    label: "Queue full",
    help: "The disk did not keep up. Clients wait and send again.",
  },
  disk_full: { label: "Disk full", help: "Make room. Clients send again." },
  store_unavailable: {
    label: "Store unavailable",
    help: "A store was busy or gone, or the server was stopping. Clients send again.",
  },
  interrupted: { label: "Broken off", help: "The server ended while it was under way." },
  failed: {
    label: "Failed here",
    help: "Something nobody foresaw. The server's log has it, with an id.",
  },
};

export const reasonOf = (code: string): Reason => REASONS[code] ?? { label: code, help: "" };

const FACES: Record<string, string> = { opik: "Opik API", otlp: "OTLP", gateway: "Gateway" };

export const faceOf = (face: string): string => FACES[face] ?? face;

/** How a client is written: its name and version, or why there is none. */
export function clientOf(row: Pick<LedgerRow, "client" | "client_version">): string {
  if (row.client === "other") return "Others";
  if (row.client === "unnamed") return "Not said";
  return row.client_version ? `${row.client} ${row.client_version}` : row.client;
}

export function projectOf(row: LedgerRow): string {
  if (row.project_name !== null) return row.project_name;
  if (row.project_id !== null) return "Deleted project";
  return row.is_ours ? "Not known" : "Before the key was known";
}

/** Names a row in the URL. */
export const keyOf = (row: LedgerRow): string =>
  [row.project_id ?? (row.is_ours ? "none" : "nobody"), row.face, row.client, row.client_version]
    .filter((part) => part !== null)
    .join("/");

/** A share of the whole that does not hide a few among many: 99.9%, never 100% of what is not all. */
export function shareOf(part: number, whole: number): string {
  if (whole === 0) return "";
  const percent = (part / whole) * 100;
  if (part === whole || part === 0) return `${percent}%`;
  if (percent > 99.9) return ">99.9%";
  return percent < 0.1 ? "<0.1%" : `${percent.toFixed(1)}%`;
}

/** The course over time; colours are those of errors and of the rest. */
export const chartOf = (ledger: Ledger): ChartData => ({
  times: ledger.series.map((step) => Date.parse(step.time)),
  step: ledger.step_s * 1000,
  unit: "count",
  series: [
    { name: "error", label: "Refused", values: ledger.series.map((step) => step.refused) },
    { name: "ok", label: "Stored", values: ledger.series.map((step) => step.stored) },
  ],
});
