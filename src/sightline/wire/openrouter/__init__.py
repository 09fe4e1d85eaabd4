"""OpenRouter's management API: its bodies, and its answers made of what the gateway knows."""
