"""Everything on disk or in a database: analytics (ClickHouse), catalog (SQL), blobs (objects)."""
