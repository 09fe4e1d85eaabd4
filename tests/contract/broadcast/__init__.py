"""Destinations through the doors that people and programs use."""
