-- The least and the most of each number of a unit's traces or spans (ADR 18), by logical column; of
-- traces also of what their spans in the same project add up to. A large unit is several slices of
-- time, each with its first and last id of a trace, which are nil for a whole one. `count` is how many
-- have a number, `is_apart` says that a trace of the hour has rows in other projects too.
-- A row holds when `bounded_us` is that of its unit in `rollup_units`, and later than its last change.
CREATE TABLE IF NOT EXISTS bounds {on_cluster} (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  entity String CODEC(ZSTD(1)),
  unit UInt32 CODEC(ZSTD(1)),
  slice UInt16 CODEC(ZSTD(1)),
  first_id FixedString(16) CODEC(ZSTD(1)),
  last_id FixedString(16) CODEC(ZSTD(1)),
  bounded_us Int64 CODEC(ZSTD(1)),
  count UInt64 CODEC(ZSTD(1)),
  is_apart UInt8 CODEC(ZSTD(1)),
  least Map(String, Float64) CODEC(ZSTD(1)),
  most Map(String, Float64) CODEC(ZSTD(1))
)
ENGINE = {engine:ReplacingMergeTree(bounded_us)}
ORDER BY (workspace_id, project_id, entity, unit, slice)
SETTINGS {settings};
ALTER TABLE rollup_units {on_cluster} ADD COLUMN IF NOT EXISTS bounded_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1));
