ALTER TABLE spans ADD COLUMN IF NOT EXISTS tokens_v SimpleAggregateFunction(max, Tuple(v UInt64, x Int64))
  DEFAULT (tupleElement(usage_v, 1), ifNull(arrayElementOrNull(tupleElement(tupleElement(usage_v, 2), 2), toInt64(indexOf(tupleElement(tupleElement(usage_v, 2), 1), 'total_tokens'))), toInt64(-9223372036854775808)))
  CODEC(ZSTD(1)) AFTER usage_v;

ALTER TABLE spans MATERIALIZE COLUMN tokens_v;
