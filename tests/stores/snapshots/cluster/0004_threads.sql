CREATE TABLE IF NOT EXISTS `sightline`.threads_local ON CLUSTER 'main' (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  thread_id String CODEC(ZSTD(1)),
  thread_model_id SimpleAggregateFunction(min, FixedString(16)) CODEC(ZSTD(1)),
  tags_v SimpleAggregateFunction(max, Tuple(v UInt64, x Array(String))) CODEC(ZSTD(1)),
  status_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  environment_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  last_updated_by_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  created_by SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
  created_at SimpleAggregateFunction(min, DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
  last_trace_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
  last_updated_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
  tags Array(String) ALIAS tupleElement(tags_v, 2),
  marked_status String ALIAS tupleElement(status_v, 2),
  marked_at UInt64 ALIAS tupleElement(status_v, 1),
  environment String ALIAS tupleElement(environment_v, 2),
  last_updated_by String ALIAS tupleElement(last_updated_by_v, 2),
  INDEX by_model_id thread_model_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (workspace_id, project_id, thread_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE IF NOT EXISTS `sightline`.threads ON CLUSTER 'main' AS `sightline`.threads_local
ENGINE = Distributed('main', 'sightline', 'threads_local', sipHash64(thread_id));
