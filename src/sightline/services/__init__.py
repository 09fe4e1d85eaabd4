"""What the product does: ingest, query, workspace. Rooms that do not know each other."""
