ALTER TABLE `sightline`.words_local ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS field_ends Array(UInt32) CODEC(ZSTD(1));

ALTER TABLE `sightline`.words ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS field_ends Array(UInt32);
