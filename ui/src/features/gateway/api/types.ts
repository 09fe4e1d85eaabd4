/** What the server says of the gateway. Times are RFC 3339 in UTC, prices USD per token as text. */

export type Listed<T> = { content: T[]; total: number };

export type Status = {
  base_url: string;
  file: {
    path: string;
    models: number;
    prefixes: string[];
    destinations: string[];
    has_master_key: boolean;
    warnings: string[];
  } | null;
  models: number;
  prefixes: string[];
  total_usage: number;
};

export type KnownProvider = {
  slug: string;
  name: string;
  base_url: string;
  dialect: string;
  needs_key: boolean;
  apis: string[];
};

export type ProviderFields = {
  slug: string;
  name: string;
  dialect: string;
  base_url: string;
  /** Masked when it is read. */
  api_key: string | null;
  headers: Record<string, string>;
  options: Record<string, unknown>;
  enabled: boolean;
  keeps_data: boolean;
  is_zdr: boolean;
  is_byok: boolean;
};
export type Provider = ProviderFields & {
  id: string;
  created_at: string;
  created_by: string;
  last_updated_at: string;
  last_updated_by: string;
};

/** What came of asking a provider for its models. */
export type Probe = {
  ok: boolean;
  request: string | null;
  status: number | null;
  latency_ms: number | null;
  models: string[];
  error: string | null;
  answer: string | null;
};

/** USD per token; `-1` where nobody knows it. */
export type Pricing = {
  prompt: string;
  completion: string;
  request: string;
  image: string;
  input_cache_read?: string;
  input_cache_write?: string;
};

export type Endpoint = {
  id: string;
  provider: string;
  provider_name: string;
  upstream_model: string;
  pricing: Pricing;
  context_length: number | null;
  quantization: string;
  order: number;
  weight: number;
  rpm: number | null;
  tpm: number | null;
  is_zdr: boolean;
  keeps_data: boolean;
  state: "unknown" | "up" | "out";
  calls: number;
  failures: number;
  in_flight: number;
  latency_ms: number | null;
  tokens_per_s: number | null;
};

export type EndpointPrices = {
  prompt?: number | string;
  completion?: number | string;
  request?: number | string;
  image?: number | string;
  cache_read?: number | string | null;
  cache_write?: number | string | null;
};

/** An endpoint as it was written; what is left out is as usual. */
export type EndpointDefinition = {
  provider_id: string;
  upstream_model: string;
  prices?: EndpointPrices | null;
  order?: number;
  weight?: number;
  rpm?: number | null;
  tpm?: number | null;
  max_parallel?: number | null;
  retries?: number | null;
  /** More that the form does not show, and keeps. */
  [more: string]: unknown;
};

export type Kind = "chat" | "embeddings";
export type ModelFields = {
  slug: string;
  enabled: boolean;
  name: string;
  description: string;
  kind: Kind;
  context_length: number | null;
  max_completion_tokens: number | null;
  input_modalities: string[];
  endpoints: EndpointDefinition[];
};

export type Model = {
  id: string | null;
  slug: string;
  name: string;
  description: string;
  kind: Kind;
  source: "workspace" | "file" | "built-in";
  enabled: boolean;
  context_length: number | null;
  max_completion_tokens: number | null;
  input_modalities: string[];
  output_modalities: string[];
  pricing: Pricing;
  endpoints: Endpoint[];
  definition: (ModelFields & { id: string }) | null;
  /** Of rows that stand for every model of a prefix: `openai/`. */
  prefix?: string;
};
export type Models = Listed<Model> & { prefixes: Model[] };

export type Reset = "daily" | "weekly" | "monthly";
export type KeyFields = {
  name: string;
  /** USD. */
  limit: number | null;
  limit_reset: Reset | null;
  include_byok_in_limit: boolean;
  expires_at: string | null;
  allowed_models: string[] | null;
  rpm: number | null;
  tpm: number | null;
  metadata: Record<string, unknown> | null;
};
export type GatewayKey = KeyFields & {
  hash: string;
  label: string;
  disabled: boolean;
  limit_remaining: number | null;
  usage: number;
  usage_daily: number;
  usage_weekly: number;
  usage_monthly: number;
  byok_usage: number;
  created_at: string;
  updated_at: string | null;
  last_used_at: string | null;
  is_management: boolean;
};

export type PresetStatus = "active" | "disabled" | "archived";
export type PresetVersion = {
  id: string;
  version: number;
  system_prompt: string | null;
  config: Record<string, unknown>;
  creator_id: string;
  created_at: string;
};
export type PresetRow = {
  id: string;
  slug: string;
  name: string;
  description: string | null;
  status: PresetStatus;
  created_at: string;
  updated_at: string;
};
export type Preset = PresetRow & { designated_version: PresetVersion | null };

export type Routing = {
  num_retries: number;
  retry_after_s: number;
  allowed_fails: number;
  cooldown_s: number;
  strategy: string;
  default_model: string | null;
  drops_params: boolean;
  [more: string]: unknown;
};
export type RoutingAnswer = { own: Partial<Routing>; effective: Routing };
