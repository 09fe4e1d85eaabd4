"""Numbered SQL files, applied once each by `migrate`."""
