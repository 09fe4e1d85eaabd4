ALTER TABLE `sightline`.rollups_local ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS slice UInt16 CODEC(ZSTD(1)), MODIFY ORDER BY (workspace_id, project_id, entity, unit, hour, source, type, slice);

ALTER TABLE `sightline`.rollups ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS slice UInt16;

INSERT INTO rollup_units (workspace_id, project_id, unit, changed_us) SELECT workspace_id, project_id, unit, max(computed_us) FROM rollup_units GROUP BY workspace_id, project_id, unit;
