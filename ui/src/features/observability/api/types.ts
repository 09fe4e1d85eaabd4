/** What the server says of broadcast. Times are RFC 3339 in UTC, counts are LLM calls. */

export type FieldKind = "text" | "select" | "headers" | "number";

export type TypeField = {
  key: string;
  title: string;
  description: string;
  required: boolean;
  secret: boolean;
  /** What an empty input means. */
  default: string | number | null;
  placeholder: string;
  kind: FieldKind;
  options: string[];
};

export type DestinationType = {
  type: string;
  title: string;
  docs_url: string;
  fields: TypeField[];
};

export type FilterWords = {
  text_fields: string[];
  number_fields: string[];
  operators: string[];
};

export type DestinationTypes = {
  content: DestinationType[];
  max_per_type: number;
  filter: FilterWords;
};

export type FilterRule = {
  field: string;
  operator: string;
  value?: string | number | boolean | null;
};
export type FilterGroup = { logic: "and" | "or"; rules: FilterRule[] };
export type FilterRules = { enabled: boolean; groups: FilterGroup[] };

export type Counts = {
  queued: number;
  delivered: number;
  retried: number;
  failed: number;
  dropped: number;
  dropped_backlog: number;
  dropped_age: number;
  dropped_lost: number;
  replayed: number;
};

export type ConfigValue = string | number | boolean | Record<string, string> | null;
export type Config = Record<string, ConfigValue>;

/** What may be set, as it is sent. */
export type DestinationFields = {
  name: string;
  config: Config;
  enabled: boolean;
  privacy_mode: boolean;
  sampling_rate: number;
  /** Null is every key. */
  api_key_hashes: string[] | null;
  excluded_api_key_hashes: string[];
  filter_rules: FilterRules | null;
  broadcast_generation_cost: boolean;
  broadcast_generation_identity: boolean;
  broadcast_generation_request_context: boolean;
};

export type Status = "on" | "off" | "paused" | "broken";

export type Destination = DestinationFields & {
  id: string;
  type: string;
  created_at: string | null;
  updated_at: string | null;
  /** From the operator's file: it cannot be changed here. */
  read_only: boolean;
  problem: string | null;
  status: Status;
  paused_until: string | null;
  failures_in_a_row: number;
  last_delivered_at: string | null;
  last_failed_at: string | null;
  last_error: string | null;
  last_status: number | null;
  waiting: number;
  waiting_bytes: number;
  lag_s: number | null;
  counts: Counts;
};

export type Overview = { on: boolean; content: Destination[] };

/** What came of a try. */
export type Outcome = {
  passed: boolean;
  request: string;
  status: number | null;
  answer: string;
  reason: string;
  took_ms: number;
};

export type Day = Counts & { day: string };

export type Failure = {
  id: string;
  generation_ids: string[];
  reason: string;
  status: number | null;
  failed_at: string;
};
