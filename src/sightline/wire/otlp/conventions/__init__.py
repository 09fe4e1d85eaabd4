"""One file per attribute convention, each with a `CONVENTION` (see ../convention.py)."""
