"""Anthropic's Messages: spoken to upstreams, and by callers."""
