"""Dialects of upstreams, pure: one file each, exports `DIALECT` (see `base.py`)."""
