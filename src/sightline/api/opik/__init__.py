"""Opik's REST API under /api: one file a resource, each exports ROUTER."""
