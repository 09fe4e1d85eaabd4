/** A destination while it is edited: from what is kept to inputs, and from inputs to what is sent. */

import { newPair, type Pair } from "@/components/form/pairs";
import type {
  Config,
  Destination,
  DestinationFields,
  DestinationType,
  FilterWords,
  TypeField,
} from "../api/types";
import { type FilterDraft, filterDraft, filterProblems, filterRules } from "./filter-draft";

export type Draft = {
  name: string;
  /** Text of each input, headers apart; a secret that is kept is its mask. */
  values: Record<string, string>;
  headers: Record<string, Pair[]>;
  enabled: boolean;
  privacy: boolean;
  /** Percent, as typed. */
  rate: string;
  /** Null is every key. */
  keys: string[] | null;
  excluded: string[];
  filter: FilterDraft;
  extras: { cost: boolean; identity: boolean; context: boolean };
};

export const LEAST_PERCENT = 0.01;
const HASH = /^[0-9a-f]{64}$/i;

/** The inputs for a destination, or for a new one of the type. */
export function draftOf(type: DestinationType, kept?: Destination, name = ""): Draft {
  const values: Record<string, string> = {};
  const headers: Record<string, Pair[]> = {};
  for (const field of type.fields) {
    const value = kept?.config[field.key];
    if (field.kind === "headers") {
      const entries = value && typeof value === "object" ? Object.entries(value) : [];
      headers[field.key] = entries.map(([at, text]) => newPair(at, text));
    } else values[field.key] = textOf(field, value);
  }
  return {
    name: kept?.name ?? name,
    values,
    headers,
    enabled: kept?.enabled ?? true,
    privacy: kept?.privacy_mode ?? false,
    rate: percentText(kept?.sampling_rate ?? 1),
    keys: kept?.api_key_hashes ?? null,
    excluded: kept?.excluded_api_key_hashes ?? [],
    filter: filterDraft(kept?.filter_rules),
    extras: {
      cost: kept?.broadcast_generation_cost ?? false,
      identity: kept?.broadcast_generation_identity ?? false,
      context: kept?.broadcast_generation_request_context ?? false,
    },
  };
}

function textOf(field: TypeField, value: unknown): string {
  if (value !== undefined && value !== null) return String(value);
  // Other inputs show their default in grey; a choice has none that is empty.
  return field.kind === "select" ? String(field.default ?? field.options[0] ?? "") : "";
}

/** 0.5 as 50; without the tail that binary fractions have. */
export const percentText = (rate: number): string => String(Number((rate * 100).toPrecision(10)));

/** The config as it is sent. With `isEdit`, an optional value that was emptied is null: it is unset. */
export function configOf(type: DestinationType, draft: Draft, isEdit: boolean): Config {
  const config: Config = {};
  for (const field of type.fields) {
    if (field.kind === "headers") {
      const rows = (draft.headers[field.key] ?? []).filter((row) => row.name.trim());
      if (rows.length > 0)
        config[field.key] = Object.fromEntries(rows.map((row) => [row.name.trim(), row.value]));
      else if (isEdit) config[field.key] = null;
      continue;
    }
    const text = draft.values[field.key] ?? "";
    const value = field.secret ? text : text.trim();
    if (value) {
      const number = Number(value);
      config[field.key] = field.kind === "number" && !Number.isNaN(number) ? number : value;
    } else if (field.required) config[field.key] = "";
    else if (isEdit) config[field.key] = null;
  }
  return config;
}

/** All that can be set, as it is sent. */
export function fieldsOf(
  type: DestinationType,
  words: FilterWords,
  draft: Draft,
  isEdit: boolean,
): DestinationFields {
  return {
    name: draft.name.trim(),
    config: configOf(type, draft, isEdit),
    enabled: draft.enabled,
    privacy_mode: draft.privacy,
    sampling_rate: Number((Number(draft.rate) / 100).toPrecision(10)),
    api_key_hashes: draft.keys,
    excluded_api_key_hashes: draft.excluded,
    filter_rules: filterRules(words, draft.filter),
    broadcast_generation_cost: draft.extras.cost,
    broadcast_generation_identity: draft.extras.identity,
    broadcast_generation_request_context: draft.extras.context,
  };
}

/** Only what differs; an unchanged config is not sent, so that it is not tested again. */
export function changesOf(
  before: DestinationFields,
  after: DestinationFields,
): Partial<DestinationFields> {
  const changed = Object.entries(after).filter(
    ([name, value]) =>
      JSON.stringify(value) !== JSON.stringify(before[name as keyof DestinationFields]),
  );
  return Object.fromEntries(changed) as Partial<DestinationFields>;
}

/** What is wrong before the server is asked, by the server's paths. */
export function problemsOf(
  type: DestinationType,
  words: FilterWords,
  draft: Draft,
): Record<string, string> {
  const found: Record<string, string> = { ...configProblems(type, draft) };
  if (!draft.name.trim()) found.name = "Give it a name";
  const rate = Number(draft.rate);
  if (!draft.rate.trim() || !(rate >= LEAST_PERCENT && rate <= 100))
    found.sampling_rate = `Must be ${LEAST_PERCENT} to 100 percent`;
  if (draft.keys?.length === 0) found.api_key_hashes = "Choose a key, or let every key's calls go";
  else if (draft.keys?.some((hash) => !HASH.test(hash)))
    found.api_key_hashes = "Must be SHA-256 hashes of keys, 64 hex digits each";
  if (draft.excluded.some((hash) => !HASH.test(hash)))
    found.excluded_api_key_hashes = "Must be SHA-256 hashes of keys, 64 hex digits each";
  return { ...found, ...filterProblems(words, draft.filter) };
}

/** What is wrong with the connection alone. A secret may be empty: the server knows where. */
export function configProblems(type: DestinationType, draft: Draft): Record<string, string> {
  const found: Record<string, string> = {};
  for (const field of type.fields) {
    const path = `config.${field.key}`;
    if (field.kind === "headers") {
      const rows = draft.headers[field.key] ?? [];
      const names = rows.map((row) => row.name.trim().toLowerCase()).filter(Boolean);
      if (rows.some((row) => !row.name.trim() && row.value)) found[path] = "A header has no name";
      else if (new Set(names).size < names.length) found[path] = "A header is there twice";
    } else if (field.required && !field.secret && !draft.values[field.key]?.trim())
      found[path] = `${field.title} is required`;
  }
  return found;
}
