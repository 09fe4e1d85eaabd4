CREATE TABLE IF NOT EXISTS `sightline`.feedback_scores_local ON CLUSTER 'main' (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  entity_type LowCardinality(String),
  entity_id String CODEC(ZSTD(1)),
  name String CODEC(ZSTD(1)),
  author String CODEC(ZSTD(1)),
  value Decimal(18, 9) CODEC(ZSTD(1)),
  category_name String CODEC(ZSTD(1)),
  reason String CODEC(ZSTD(1)),
  source LowCardinality(String),
  created_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(Delta, ZSTD(1)),
  is_deleted UInt8
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version, is_deleted)
ORDER BY (workspace_id, entity_type, entity_id, project_id, name, author)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE IF NOT EXISTS `sightline`.feedback_scores ON CLUSTER 'main' AS `sightline`.feedback_scores_local
ENGINE = Distributed('main', 'sightline', 'feedback_scores_local', sipHash64(entity_id));

CREATE TABLE IF NOT EXISTS `sightline`.comments_local ON CLUSTER 'main' (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  entity_type LowCardinality(String),
  entity_id String CODEC(ZSTD(1)),
  id FixedString(16) CODEC(ZSTD(1)),
  text String CODEC(ZSTD(1)),
  created_by String CODEC(ZSTD(1)),
  created_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  last_updated_by String CODEC(ZSTD(1)),
  version UInt64 CODEC(Delta, ZSTD(1)),
  is_deleted UInt8,
  INDEX by_id id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version, is_deleted)
ORDER BY (workspace_id, entity_type, entity_id, project_id, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE IF NOT EXISTS `sightline`.comments ON CLUSTER 'main' AS `sightline`.comments_local
ENGINE = Distributed('main', 'sightline', 'comments_local', sipHash64(entity_id));

CREATE TABLE IF NOT EXISTS `sightline`.guardrails_local ON CLUSTER 'main' (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  entity_id FixedString(16) CODEC(ZSTD(1)),
  secondary_id FixedString(16) CODEC(ZSTD(1)),
  id FixedString(16) CODEC(ZSTD(1)),
  name LowCardinality(String),
  result LowCardinality(String),
  config String CODEC(ZSTD(1)),
  details String CODEC(ZSTD(1)),
  created_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  version UInt64 CODEC(Delta, ZSTD(1)),
  is_deleted UInt8
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version, is_deleted)
ORDER BY (workspace_id, entity_id, project_id, secondary_id, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE IF NOT EXISTS `sightline`.guardrails ON CLUSTER 'main' AS `sightline`.guardrails_local
ENGINE = Distributed('main', 'sightline', 'guardrails_local', sipHash64(entity_id));
