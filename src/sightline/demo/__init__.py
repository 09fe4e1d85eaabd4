"""Believable traffic of two weeks, made up from a seed and sent through the HTTP face."""
