"""Sightline: LLM observability and evaluation, from one command to a cluster."""

__version__ = "0.1.0"
