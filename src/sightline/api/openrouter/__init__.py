"""OpenRouter's face: the gateway's calls, and what manages it. OpenAI's paths are beside."""
