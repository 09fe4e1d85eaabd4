CREATE TABLE IF NOT EXISTS `sightline`.resting_traces_local ON CLUSTER 'main' (
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (workspace_id, project_id, id, made)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE IF NOT EXISTS `sightline`.resting_traces ON CLUSTER 'main' AS `sightline`.resting_traces_local
ENGINE = Distributed('main', 'sightline', 'resting_traces_local', sipHash64(id));

CREATE TABLE IF NOT EXISTS `sightline`.resting_spans_local ON CLUSTER 'main' (
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (workspace_id, project_id, trace_id, id, made)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE IF NOT EXISTS `sightline`.resting_spans ON CLUSTER 'main' AS `sightline`.resting_spans_local
ENGINE = Distributed('main', 'sightline', 'resting_spans_local', sipHash64(trace_id));

ALTER TABLE `sightline`.rollup_units_local ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS rested_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1));

ALTER TABLE `sightline`.rollup_units ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS rested_us SimpleAggregateFunction(max, Int64);
