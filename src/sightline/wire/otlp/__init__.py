"""OTLP trace exports: bytes to trace and span writes, pure."""
