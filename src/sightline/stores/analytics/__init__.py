"""Traces, spans, scores and comments in ClickHouse tables: embedded (chDB) or a server."""
