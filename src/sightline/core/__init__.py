"""The bottom floor: errors, ids, clock, codec, log. Standard library and msgspec, no I/O."""
