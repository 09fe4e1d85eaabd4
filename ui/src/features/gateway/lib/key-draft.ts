/** A key while it is edited: numbers are text as typed, lists are a line each. */

import type { GatewayKey, KeyFields, Reset } from "../api/types";

export type KeyDraft = {
  name: string;
  limit: string;
  reset: Reset | "never";
  includeByok: boolean;
  expires: string;
  models: string;
  rpm: string;
  tpm: string;
  isManagement: boolean;
  project: string;
  tags: string;
  thread: string;
};

type Opik = { project_name?: unknown; tags?: unknown; thread_id?: unknown };

const opikOf = (metadata: KeyFields["metadata"]): Opik => {
  const found = metadata?.opik;
  return typeof found === "object" && found !== null ? (found as Opik) : {};
};
const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

export function keyDraft(kept?: GatewayKey): KeyDraft {
  const opik = opikOf(kept?.metadata ?? null);
  return {
    name: kept?.name ?? "",
    limit: text(kept?.limit),
    reset: kept?.limit_reset ?? (kept ? "never" : "monthly"),
    includeByok: kept?.include_byok_in_limit ?? false,
    expires: kept?.expires_at ? localDay(new Date(kept.expires_at)) : "",
    models: kept?.allowed_models?.join("\n") ?? "",
    rpm: text(kept?.rpm),
    tpm: text(kept?.tpm),
    isManagement: kept?.is_management ?? false,
    project: text(opik.project_name),
    tags: Array.isArray(opik.tags) ? opik.tags.join(", ") : text(opik.tags),
    thread: text(opik.thread_id),
  };
}

const pad = (n: number) => String(n).padStart(2, "0");
const localDay = (at: Date) => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;

const split = (typed: string, by: RegExp): string[] => [
  ...new Set(
    typed
      .split(by)
      .map((part) => part.trim())
      .filter(Boolean),
  ),
];
const number = (typed: string): number | null => (typed.trim() ? Number(typed) : null);

/** The fields as they are sent. Other metadata than that for Opik stays as it was. */
export function keyFields(draft: KeyDraft, kept?: GatewayKey): KeyFields {
  const { opik: _, ...rest } = kept?.metadata ?? {};
  const tags = split(draft.tags, /,/);
  const {
    project_name: _p,
    tags: _t,
    thread_id: _h,
    ...others
  } = opikOf(kept?.metadata ?? null) as Record<string, unknown>;
  const opik = {
    ...others,
    ...(draft.project.trim() ? { project_name: draft.project.trim() } : {}),
    ...(tags.length > 0 ? { tags } : {}),
    ...(draft.thread.trim() ? { thread_id: draft.thread.trim() } : {}),
  };
  const metadata = { ...rest, ...(Object.keys(opik).length > 0 ? { opik } : {}) };
  const models = split(draft.models, /[\s,]+/);
  const limit = number(draft.limit);
  return {
    name: draft.name.trim(),
    limit,
    limit_reset: limit === null || draft.reset === "never" ? null : draft.reset,
    include_byok_in_limit: draft.includeByok,
    // To the end of the day, here.
    expires_at: draft.expires ? new Date(`${draft.expires}T23:59:59`).toISOString() : null,
    allowed_models: models.length > 0 ? models : null,
    rpm: number(draft.rpm),
    tpm: number(draft.tpm),
    metadata: Object.keys(metadata).length > 0 ? metadata : null,
  };
}

/** What is wrong before the server is asked, by the server's paths. */
export function keyProblems(draft: KeyDraft): Record<string, string> {
  const found: Record<string, string> = {};
  if (!draft.name.trim()) found.name = "Whose calls are these?";
  if (draft.limit.trim() && !(Number(draft.limit) >= 0)) found.limit = "Must be a number of USD";
  for (const field of ["rpm", "tpm"] as const)
    if (
      draft[field].trim() &&
      !(Number.isInteger(Number(draft[field])) && Number(draft[field]) > 0)
    )
      found[field] = "Must be a whole number from 1";
  if (draft.expires && Number.isNaN(Date.parse(draft.expires))) found.expires_at = "Must be a day";
  return found;
}

export type KeyState = "good" | "disabled" | "expired" | "used up";

export function keyState(key: GatewayKey, now: number): KeyState {
  if (key.disabled) return "disabled";
  if (key.expires_at && Date.parse(key.expires_at) <= now) return "expired";
  return key.limit !== null && (key.limit_remaining ?? 1) <= 0 ? "used up" : "good";
}

/** How much of its limit a key has spent, 0 to 1; undefined without a limit. */
export function spentShare(key: GatewayKey): number | undefined {
  if (key.limit === null) return undefined;
  if (key.limit <= 0) return 1;
  const left = key.limit_remaining ?? key.limit;
  return Math.min(1, Math.max(0, (key.limit - left) / key.limit));
}
