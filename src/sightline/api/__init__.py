"""HTTP faces: Opik's REST API, OTLP, and what only our own console needs."""
