/** A provider while it is edited. */

import { type Pair, pairsOf, textsOf, valuesOf } from "@/components/form/pairs";
import type { KnownProvider, Provider, ProviderFields } from "../api/types";

export type ProviderDraft = {
  slug: string;
  name: string;
  dialect: string;
  baseUrl: string;
  apiKey: string;
  headers: Pair[];
  options: Pair[];
  enabled: boolean;
  policy: Policy;
  isByok: boolean;
};

/** What the provider does with prompts. */
export type Policy = "none" | "keeps" | "zdr";

/** Options of a dialect that most people need; the rest is typed by name. */
const OPTIONS: Record<string, readonly string[]> = {
  azure: ["api_version"],
  bedrock: ["aws_region_name", "aws_access_key_id", "aws_secret_access_key"],
  vertex: ["vertex_project", "vertex_location", "vertex_credentials"],
};

export function providerDraft(known: KnownProvider | undefined, kept?: Provider): ProviderDraft {
  const dialect = kept?.dialect ?? known?.dialect ?? "openai";
  const usual = Object.fromEntries((OPTIONS[dialect] ?? []).map((name) => [name, ""]));
  return {
    slug: kept?.slug ?? known?.slug ?? "",
    name: kept?.name ?? known?.name ?? "",
    dialect,
    baseUrl: kept?.base_url ?? known?.base_url ?? "",
    apiKey: kept?.api_key ?? "",
    headers: pairsOf(kept?.headers ?? {}),
    options: pairsOf(kept ? kept.options : usual),
    enabled: kept?.enabled ?? true,
    policy: kept?.is_zdr ? "zdr" : kept?.keeps_data ? "keeps" : "none",
    isByok: kept?.is_byok ?? false,
  };
}

/** The fields as they are sent. Options without a value are left out. */
export function providerFields(draft: ProviderDraft): ProviderFields {
  return {
    slug: draft.slug.trim(),
    name: draft.name.trim(),
    dialect: draft.dialect,
    base_url: draft.baseUrl.trim(),
    api_key: draft.apiKey || null,
    headers: textsOf(draft.headers),
    options: valuesOf(draft.options.filter((pair) => pair.value !== "")),
    enabled: draft.enabled,
    keeps_data: draft.policy === "keeps",
    is_zdr: draft.policy === "zdr",
    is_byok: draft.isByok,
  };
}

/** What is wrong before the server is asked, by the server's paths. */
export function providerProblems(
  draft: ProviderDraft,
  known: KnownProvider | undefined,
): Record<string, string> {
  const found: Record<string, string> = {};
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(draft.slug.trim()))
    found.slug = "Small letters, digits, . - and _, such as acme";
  if (!draft.name.trim()) found.name = "Give it a name";
  const url = draft.baseUrl.trim();
  if (!url && !["bedrock", "vertex"].includes(draft.dialect))
    found.base_url = "Where does it answer? Such as https://llm.example/v1";
  else if (url && !/^https?:\/\/\S+$/.test(url))
    found.base_url = "Must begin with http:// or https://";
  if (known?.needs_key && !draft.apiKey && url === known.base_url)
    found.api_key = `${known.name} asks for a key`;
  return found;
}
