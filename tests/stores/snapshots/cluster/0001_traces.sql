CREATE TABLE IF NOT EXISTS `sightline`.traces_local ON CLUSTER 'main' (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  id FixedString(16) CODEC(ZSTD(1)),
  name_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  start_time_v SimpleAggregateFunction(max, Tuple(v UInt64, x DateTime64(6, 'UTC'))) CODEC(ZSTD(1)),
  end_time_v SimpleAggregateFunction(max, Tuple(v UInt64, x DateTime64(6, 'UTC'))) CODEC(ZSTD(1)),
  input_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  output_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  metadata_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  tags_v SimpleAggregateFunction(max, Tuple(v UInt64, x Array(String))) CODEC(ZSTD(1)),
  error_info_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  thread_id_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  ttft_v SimpleAggregateFunction(max, Tuple(v UInt64, x Float64)) CODEC(ZSTD(1)),
  source_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  environment_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  visibility_mode_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  last_updated_by_v SimpleAggregateFunction(max, Tuple(v UInt64, x String)) CODEC(ZSTD(1)),
  created_by SimpleAggregateFunction(max, String) CODEC(ZSTD(1)),
  created_at SimpleAggregateFunction(min, DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
  last_updated_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')) CODEC(Delta, ZSTD(1)),
  name String ALIAS tupleElement(name_v, 2),
  start_time DateTime64(6, 'UTC') ALIAS tupleElement(start_time_v, 2),
  end_time Nullable(DateTime64(6, 'UTC')) ALIAS if(tupleElement(end_time_v, 1) = 0, NULL, tupleElement(end_time_v, 2)),
  duration Nullable(Float64) ALIAS if(tupleElement(end_time_v, 1) = 0, NULL, (toUnixTimestamp64Micro(tupleElement(end_time_v, 2)) - toUnixTimestamp64Micro(tupleElement(start_time_v, 2))) / 1000.),
  input String ALIAS tupleElement(input_v, 2),
  output String ALIAS tupleElement(output_v, 2),
  metadata String ALIAS tupleElement(metadata_v, 2),
  tags Array(String) ALIAS tupleElement(tags_v, 2),
  error_info String ALIAS tupleElement(error_info_v, 2),
  thread_id String ALIAS tupleElement(thread_id_v, 2),
  ttft Nullable(Float64) ALIAS if(tupleElement(ttft_v, 1) = 0, NULL, tupleElement(ttft_v, 2)),
  source String ALIAS tupleElement(source_v, 2),
  environment String ALIAS tupleElement(environment_v, 2),
  visibility_mode String ALIAS tupleElement(visibility_mode_v, 2),
  last_updated_by String ALIAS tupleElement(last_updated_by_v, 2),
  is_partial UInt8 ALIAS tupleElement(start_time_v, 1) = 0,
  INDEX by_id id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX by_start_time tupleElement(start_time_v, 2) TYPE minmax GRANULARITY 1,
  INDEX by_thread_id tupleElement(thread_id_v, 2) TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
ORDER BY (workspace_id, project_id, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE IF NOT EXISTS `sightline`.traces ON CLUSTER 'main' AS `sightline`.traces_local
ENGINE = Distributed('main', 'sightline', 'traces_local', sipHash64(id));
