"""Figures, never verdicts: how fast, how small, how soon. See README.md."""
