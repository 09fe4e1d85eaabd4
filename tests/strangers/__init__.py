"""Rubbish and strangers: what nobody should send, and who may not ask."""
