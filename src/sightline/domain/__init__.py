"""Frozen types and pure rules in the field's words: trace, span, thread, feedback score, filter."""
