-- Traces and spans of hours at rest, merged and without their payloads: one row each (ADR 20).
-- `made` names a unit and the moment at which its rows were put down; those of the last such moment
-- hold, as long as it is later than the unit's last change. As it is in the key no merge takes away
-- what held before.
CREATE TABLE IF NOT EXISTS resting_traces {on_cluster} (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  id FixedString(16) CODEC(ZSTD(1)),
  made UInt64 CODEC(ZSTD(1)),
  rested_us Int64 CODEC(ZSTD(1)),
  name String CODEC(ZSTD(1)),
  start_time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  end_time Nullable(DateTime64(6, 'UTC')) CODEC(ZSTD(1)),
  duration Nullable(Float64) CODEC(ZSTD(1)),
  tags Array(String) CODEC(ZSTD(1)),
  error_info String CODEC(ZSTD(1)),
  thread_id String CODEC(ZSTD(1)),
  ttft Nullable(Float64) CODEC(ZSTD(1)),
  source String CODEC(ZSTD(1)),
  environment String CODEC(ZSTD(1)),
  visibility_mode String CODEC(ZSTD(1)),
  last_updated_by String CODEC(ZSTD(1)),
  is_partial UInt8 CODEC(ZSTD(1)),
  created_by String CODEC(ZSTD(1)),
  created_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  last_updated_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = {engine:ReplacingMergeTree}
ORDER BY (workspace_id, project_id, id, made)
SETTINGS {settings};
CREATE TABLE IF NOT EXISTS resting_spans {on_cluster} (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)),
  id FixedString(16) CODEC(ZSTD(1)),
  made UInt64 CODEC(ZSTD(1)),
  rested_us Int64 CODEC(ZSTD(1)),
  parent_span_id FixedString(16) CODEC(ZSTD(1)),
  name String CODEC(ZSTD(1)),
  type String CODEC(ZSTD(1)),
  start_time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  end_time Nullable(DateTime64(6, 'UTC')) CODEC(ZSTD(1)),
  duration Nullable(Float64) CODEC(ZSTD(1)),
  tags Array(String) CODEC(ZSTD(1)),
  error_info String CODEC(ZSTD(1)),
  model String CODEC(ZSTD(1)),
  provider String CODEC(ZSTD(1)),
  usage_v Tuple(v UInt64, x Array(Tuple(k String, n Int64))) CODEC(ZSTD(1)),
  tokens_v Tuple(v UInt64, x Int64) CODEC(ZSTD(1)),
  total_estimated_cost Nullable(Decimal(18, 12)) CODEC(ZSTD(1)),
  total_estimated_cost_version String CODEC(ZSTD(1)),
  ttft Nullable(Float64) CODEC(ZSTD(1)),
  source String CODEC(ZSTD(1)),
  environment String CODEC(ZSTD(1)),
  last_updated_by String CODEC(ZSTD(1)),
  is_partial UInt8 CODEC(ZSTD(1)),
  created_by String CODEC(ZSTD(1)),
  created_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  last_updated_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  usage Map(String, Int64) ALIAS CAST(tupleElement(usage_v, 2), 'Map(String, Int64)')
)
ENGINE = {engine:ReplacingMergeTree}
ORDER BY (workspace_id, project_id, trace_id, id, made)
SETTINGS {settings};
-- When a unit's rows were put down last.
ALTER TABLE rollup_units {on_cluster} ADD COLUMN IF NOT EXISTS rested_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1));
