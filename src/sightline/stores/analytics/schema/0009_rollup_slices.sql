-- An hour of very many rows is added up in slices of time, a row each (ADR 17).
ALTER TABLE rollups {on_cluster} ADD COLUMN IF NOT EXISTS slice UInt16 CODEC(ZSTD(1)), MODIFY ORDER BY (workspace_id, project_id, entity, unit, hour, source, type, slice);
