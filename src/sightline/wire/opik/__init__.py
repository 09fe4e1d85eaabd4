"""Opik's REST bodies as Structs, and what they become."""
