"""Ingest: accept, commit together, acknowledge what is on disk."""
