ALTER TABLE `sightline`.rollups ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS slice UInt16 CODEC(ZSTD(1)), MODIFY ORDER BY (workspace_id, project_id, entity, unit, hour, source, type, slice);
