/** The shapes that the server sends. Times are ISO 8601, durations ms, costs USD. */

export type EntityType = "trace" | "span" | "thread";
export type SpanType = "general" | "tool" | "llm" | "guardrail";
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type ErrorInfo = { exception_type?: string; message?: string; traceback?: string };

export type FeedbackScore = {
  name: string;
  value: number;
  category_name?: string | null;
  reason?: string | null;
  source?: string;
  created_by?: string;
  last_updated_by?: string;
  created_at?: string;
  last_updated_at?: string;
  value_by_author?: Record<
    string,
    {
      value: number;
      reason?: string;
      category_name?: string;
      source?: string;
      last_updated_at?: string;
    }
  >;
};

export type Comment = {
  id: string;
  text: string;
  created_at: string;
  last_updated_at: string;
  created_by: string;
  last_updated_by?: string;
};

export type Attachment = { file_name: string; mime_type: string; file_size: number; link: string };

/** A row of a table: the columns asked for, and these. */
export type Row = {
  id: string;
  project_id: string;
  start_time: string;
  trace_id?: string;
  is_running?: boolean;
  [column: string]: unknown;
};

export type Rows = { rows: Row[]; has_more: boolean };

export type Figures = {
  count: number;
  errors: number;
  error_rate: number | null;
  duration_p50: number | null;
  duration_p99: number | null;
  total_cost: number | null;
  total_tokens: number | null;
};
export type Summary = Figures & { hidden: number; previous: Figures | null };

export type Bucket = {
  time: string;
  count: number;
  errors: number;
  duration_p50: number | null;
  duration_p99: number | null;
  cost: number | null;
  tokens: number | null;
};
export type Histogram = { from: string; to: string; step_s: number; buckets: Bucket[] };

export type Series = {
  name: string;
  label: string;
  unit: string;
  points: [number, number | null][];
  query: string;
};
export type SeriesAnswer = { from: string; to: string; step_s: number; series: Series[] };

export type ColumnNames = {
  feedback_scores: string[];
  span_feedback_scores: string[];
  usage: string[];
  metadata: string[];
};

export type Project = {
  id: string;
  name: string;
  description?: string | null;
  created_at: string;
  last_activity?: string | null;
};
export type ProjectFigures = Project & {
  traces: number;
  errors: number;
  error_rate: number | null;
  duration_p50: number | null;
  duration_p99: number | null;
  total_cost: number | null;
  total_tokens: number | null;
  feedback_scores: Record<string, number>;
  sparkline: number[];
};
export type Page<T> = { page: number; size: number; total: number; content: T[] };

export type Chip = {
  start: number;
  end: number;
  text: string;
  field: string;
  key: string;
  operator: string;
  values: string[];
  negated: boolean;
};
export type QueryProblem = { detail: string; hint?: string; at: number; end: number };
export type ParsedQuery = {
  canonical: string;
  tree: Json;
  chips: Chip[];
  error: QueryProblem | null;
};
export type QueryField = {
  name: string;
  aliases: string[];
  kind: string;
  operators: string[];
  /** A key may follow the name (`score.accuracy`); `keys` are those that were seen. */
  keyed?: boolean;
  needs_key?: boolean;
  keys: string[];
  values: string[];
  description: string;
  /** The name to write, where it is not `name`. */
  short?: string;
};
export type FacetValue = { value: string; label: string; count: number; query: string };
export type Facet = {
  field: string;
  label: string;
  kind: string;
  values: FacetValue[];
  missing?: number;
  /** Counted in the newest rows alone. */
  sampled?: boolean;
};

export type TraceHead = {
  id: string;
  project_id: string;
  project_name: string;
  name: string;
  start_time: string;
  end_time: string | null;
  duration: number | null;
  tags: string[] | null;
  thread_id: string | null;
  environment: string | null;
  source: string | null;
  error_info: ErrorInfo | null;
  error_type: string | null;
  total_estimated_cost: number | null;
  usage: Record<string, number> | null;
  feedback_scores: FeedbackScore[] | null;
  comments: number;
  created_at: string;
  created_by: string;
  ttft: number | null;
  providers: string[] | null;
  is_running: boolean;
};
/** Columns of equal length, one entry a span; a parent stands before its children. */
export type SpanColumns = {
  count: number;
  id: string[];
  /** Index of the parent in these columns, -1 at the top. */
  parent: number[];
  name: string[];
  type: SpanType[];
  /** ms after the start of the trace. */
  start: number[];
  duration: (number | null)[];
  model: string[];
  provider: string[];
  tokens: (number | null)[];
  prompt_tokens: (number | null)[];
  completion_tokens: (number | null)[];
  cost: (number | null)[];
  /** "" where there is none. */
  error: string[];
  scores: number[];
  comments: number[];
  tags: string[][];
  ttft: (number | null)[];
  environment: string[];
};
export type TraceTree = {
  trace: TraceHead;
  spans: SpanColumns;
  orphaned: number;
  complete: boolean;
};

export type Payload = { text: string; size: number; complete: boolean };
export type PayloadName = "input" | "output" | "metadata";
/** A trace or span with its payloads cut at a limit. */
export type EntityDetail = {
  id: string;
  project_id: string;
  project_name: string;
  trace_id?: string;
  parent_span_id?: string | null;
  name: string;
  type?: SpanType;
  start_time: string;
  end_time: string | null;
  duration: number | null;
  ttft: number | null;
  tags: string[] | null;
  model?: string | null;
  provider?: string | null;
  usage: Record<string, number> | null;
  total_estimated_cost: number | null;
  error_info: ErrorInfo | null;
  feedback_scores: FeedbackScore[] | null;
  comments: Comment[] | null;
  attachments: Attachment[];
  payloads: Record<PayloadName, Payload | null>;
  environment?: string | null;
  source?: string | null;
  thread_id?: string | null;
  is_running?: boolean;
  guardrails_validations?: { span_id: string; checks: { name: string; result: string }[] }[] | null;
  /** Of traces: averages over their spans. */
  span_feedback_scores?: FeedbackScore[] | null;
  span_count?: number;
  providers?: string[] | null;
  created_at: string;
  created_by: string;
  last_updated_at: string;
  last_updated_by?: string;
};

export type Session = {
  keys_required: boolean;
  signed_in: boolean;
  user: string | null;
  role: "admin" | "write" | "read" | null;
  workspace: string | null;
  workspaces: string[];
  version: string;
  url: string;
};

export type FeedbackDefinition = {
  id: string;
  name: string;
  description?: string | null;
  type: "numerical" | "categorical" | "boolean";
  details: {
    min?: number;
    max?: number;
    categories?: Record<string, number>;
    /** Of booleans, as the wire names them. */
    trueLabel?: string;
    falseLabel?: string;
  };
  created_at?: string;
};

export type SavedView = {
  id: string;
  name: string;
  entity: EntityType;
  state: { search: string };
  created_by: string;
  created_at: string;
  last_updated_at: string;
};

export type Job = {
  id: string;
  kind: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  done: number;
  total: number;
  error: string | null;
};

export type Thread = Row & {
  thread_model_id?: string;
  status?: "active" | "inactive";
  number_of_messages?: number;
  first_message?: Json;
  last_message?: Json;
};
