"""Outbound HTTP: one pooled client, guarded against private addresses."""
