-- An hour of very many rows is added up in slices of time, a row each (ADR 17).
ALTER TABLE rollups {on_cluster} ADD COLUMN IF NOT EXISTS slice UInt16 CODEC(ZSTD(1)), MODIFY ORDER BY (workspace_id, project_id, entity, unit, hour, source, type, slice);
-- Figures of one project's hour could be taken away by those of another's; all are added up anew.
INSERT INTO rollup_units (workspace_id, project_id, unit, changed_us) SELECT workspace_id, project_id, unit, max(computed_us) FROM rollup_units GROUP BY workspace_id, project_id, unit;
