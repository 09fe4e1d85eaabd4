"""Outside formats: bytes to domain and back, pure."""
