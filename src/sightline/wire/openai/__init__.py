"""OpenAI's and OpenRouter's shapes: checks, conversions, usage, assembled streams."""
