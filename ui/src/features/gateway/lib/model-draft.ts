/** A model of the workspace while it is edited: numbers and prices are text as typed. */

import type { EndpointDefinition, Kind, ModelFields } from "../api/types";
import { tokenPrice, typedPrice } from "./prices";

export type EndpointDraft = {
  key: number;
  providerId: string;
  upstreamModel: string;
  /** USD per million tokens. */
  prompt: string;
  completion: string;
  cacheRead: string;
  order: string;
  weight: string;
  rpm: string;
  tpm: string;
  retries: string;
  /** What was written before: what the form does not show stays. */
  kept: EndpointDefinition | undefined;
};

export type ModelDraft = {
  slug: string;
  name: string;
  description: string;
  kind: Kind;
  context: string;
  completion: string;
  takesImages: boolean;
  enabled: boolean;
  endpoints: EndpointDraft[];
};

let lastKey = 0;

export function endpointDraft(providerId: string, kept?: EndpointDefinition): EndpointDraft {
  const number = (value: number | null | undefined) => (value ? String(value) : "");
  return {
    key: ++lastKey,
    providerId: kept?.provider_id ?? providerId,
    upstreamModel: kept?.upstream_model ?? "",
    prompt: typedPrice(kept?.prices?.prompt),
    completion: typedPrice(kept?.prices?.completion),
    cacheRead: typedPrice(kept?.prices?.cache_read),
    order: number(kept?.order),
    weight: kept?.weight === undefined || kept.weight === 1 ? "" : String(kept.weight),
    rpm: number(kept?.rpm),
    tpm: number(kept?.tpm),
    retries: kept?.retries === null || kept?.retries === undefined ? "" : String(kept.retries),
    kept,
  };
}

export function modelDraft(firstProvider: string, kept?: ModelFields): ModelDraft {
  return {
    slug: kept?.slug ?? "",
    name: kept?.name ?? "",
    description: kept?.description ?? "",
    kind: kept?.kind ?? "chat",
    context: kept?.context_length ? String(kept.context_length) : "",
    completion: kept?.max_completion_tokens ? String(kept.max_completion_tokens) : "",
    takesImages: kept?.input_modalities.includes("image") ?? false,
    enabled: kept?.enabled ?? true,
    endpoints: kept?.endpoints.map((one) => endpointDraft(firstProvider, one)) ?? [
      endpointDraft(firstProvider),
    ],
  };
}

const whole = (text: string): number | null => (text.trim() ? Number(text) : null);

function endpointFields(draft: EndpointDraft): EndpointDefinition {
  const { prices: before, ...rest } = draft.kept ?? ({} as Partial<EndpointDefinition>);
  const typed = {
    prompt: tokenPrice(draft.prompt),
    completion: tokenPrice(draft.completion),
    cache_read: tokenPrice(draft.cacheRead),
  };
  const hasPrice = Object.values(typed).some((price) => price !== undefined);
  const prices = { ...before, ...typed };
  return {
    ...rest,
    provider_id: draft.providerId,
    upstream_model: draft.upstreamModel.trim(),
    order: whole(draft.order) ?? 0,
    weight: whole(draft.weight) ?? 1,
    rpm: whole(draft.rpm),
    tpm: whole(draft.tpm),
    retries: whole(draft.retries),
    // Without any the price list is asked.
    prices: hasPrice
      ? Object.fromEntries(Object.entries(prices).filter(([, price]) => price !== undefined))
      : null,
  };
}

/** The fields as they are sent. Other inputs than text and images stay as they were. */
export function modelFields(draft: ModelDraft, kept?: ModelFields): ModelFields {
  const others = (kept?.input_modalities ?? ["text"]).filter((one) => one !== "image");
  return {
    slug: draft.slug.trim(),
    enabled: draft.enabled,
    name: draft.name.trim(),
    description: draft.description.trim(),
    kind: draft.kind,
    context_length: whole(draft.context),
    max_completion_tokens: whole(draft.completion),
    input_modalities: draft.takesImages ? [...others, "image"] : others,
    endpoints: draft.endpoints.map(endpointFields),
  };
}

/** What is wrong before the server is asked, by the server's paths. */
export function modelProblems(draft: ModelDraft): Record<string, string> {
  const found: Record<string, string> = {};
  const check = (path: string, text: string, least = 1) => {
    if (text.trim() && !(Number.isInteger(Number(text)) && Number(text) >= least))
      found[path] = `Must be a whole number from ${least}`;
  };
  const slug = draft.slug.trim();
  if (!slug) found.slug = "What is it called by? Such as acme/fast";
  else if (/\s/.test(slug) || /^[@/]|\/$|\*/.test(slug))
    found.slug = "No blanks, no *, no @ or / before it, no / after it";
  check("context_length", draft.context);
  check("max_completion_tokens", draft.completion);
  for (const [i, one] of draft.endpoints.entries()) {
    const at = `endpoints[${i}]`;
    if (!one.providerId) found[`${at}.provider_id`] = "Choose a provider";
    if (!one.upstreamModel.trim())
      found[`${at}.upstream_model`] = "How does the provider call the model?";
    for (const [name, price] of [
      ["prompt", one.prompt],
      ["completion", one.completion],
      ["cache_read", one.cacheRead],
    ] as const)
      if (price.trim() && tokenPrice(price) === undefined)
        found[`${at}.prices.${name}`] = "Must be a number of USD";
    if (one.prompt.trim() || one.completion.trim() || one.cacheRead.trim()) {
      // What is left out beside a price costs nothing, which is seldom meant.
      const both = "Set it too (0 is free), or leave all to the price list";
      if (!one.prompt.trim()) found[`${at}.prices.prompt`] = both;
      if (!one.completion.trim() && draft.kind === "chat") found[`${at}.prices.completion`] = both;
    }
    check(`${at}.order`, one.order, 0);
    check(`${at}.rpm`, one.rpm);
    check(`${at}.tpm`, one.tpm);
    check(`${at}.retries`, one.retries, 0);
    if (one.weight.trim() && !(Number(one.weight) >= 0))
      found[`${at}.weight`] = "Must be a number from 0";
  }
  return found;
}
