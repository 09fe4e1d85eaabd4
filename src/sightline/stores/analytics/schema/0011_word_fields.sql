-- Words in the order of the fields in which they stand, and where those of each set of fields end (see
-- `word_fields.py`); none in a row from before: its words may stand in any field (ADR 18).
ALTER TABLE words {on_cluster} ADD COLUMN IF NOT EXISTS field_ends Array(UInt32) CODEC(ZSTD(1));
