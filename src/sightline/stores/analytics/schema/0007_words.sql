-- The different words of the traces or the spans of a slice of a unit (ADR 18): in lower case, sorted,
-- one a line. Of a slice with too many of them only `is_dense` is kept: it may hold anything.
-- A row holds when `worded_us` is that of its unit in `rollup_units`, and later than its last change.
CREATE TABLE IF NOT EXISTS words {on_cluster} (
  workspace_id FixedString(16) CODEC(ZSTD(1)),
  project_id FixedString(16) CODEC(ZSTD(1)),
  entity String CODEC(ZSTD(1)),
  unit UInt32 CODEC(ZSTD(1)),
  slices UInt16 CODEC(ZSTD(1)),
  slice UInt16 CODEC(ZSTD(1)),
  worded_us Int64 CODEC(ZSTD(1)),
  is_dense UInt8 CODEC(ZSTD(1)),
  words String CODEC(LZ4)
)
ENGINE = {whole_engine:ReplacingMergeTree(worded_us)}
ORDER BY (workspace_id, project_id, entity, unit, slices, slice)
SETTINGS {settings};
-- When a unit's words were put down last; hours that were added up before there were words hold on.
ALTER TABLE rollup_units {on_cluster} ADD COLUMN IF NOT EXISTS worded_us SimpleAggregateFunction(max, Int64) CODEC(ZSTD(1));
