-- What the scores of a unit's traces and spans add up to, by name (ADR 17): of each of them the mean
-- of its authors; with `of_spans` of each trace the mean of its spans.
-- A row holds when `scored_us` is that of its unit in `rollup_units`, and later than its last change
-- and the last change of its scores, which takes back nothing else.
CREATE TABLE IF NOT EXISTS score_sums {on_cluster} (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  entity String CODEC(ZSTD(1)),
  unit UInt32 CODEC(ZSTD(1)),
  hour Int64 CODEC(ZSTD(1)),
  source String CODEC(ZSTD(1)),
  type String CODEC(ZSTD(1)),
  slice UInt16 CODEC(ZSTD(1)),
  of_spans UInt8 CODEC(ZSTD(1)),
  name String CODEC(ZSTD(1)),
  scored_us Int64 CODEC(ZSTD(1)),
  total Float64 CODEC(ZSTD(1)),
  count UInt64 CODEC(ZSTD(1))
)
ENGINE = {engine:ReplacingMergeTree(scored_us)}
ORDER BY (workspace_id, project_id, entity, unit, hour, source, type, slice, of_spans, name)
SETTINGS {settings};
ALTER TABLE rollup_units {on_cluster} ADD COLUMN IF NOT EXISTS scores_changed_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1));
ALTER TABLE rollup_units {on_cluster} ADD COLUMN IF NOT EXISTS scored_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1));
