"""Hugging Face smolagents: `smolagents.*`."""

from sightline.wire.otlp.convention import Convention
from sightline.wire.otlp.rules import keep

CONVENTION = Convention(priority=80, prefix={"smolagents.": keep("metadata")})
