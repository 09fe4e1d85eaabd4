"""Prices of language models: what the tokens of a span cost in USD, from a shipped list."""
