"""Calls: whom they reach, what they cost, and the record that is kept of each."""
