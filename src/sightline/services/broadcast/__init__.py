"""Broadcast: generations on their way to destinations, losing none."""
