"""The query language: text that people type, read into a filter tree and written back."""
