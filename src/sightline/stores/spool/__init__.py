"""The spool: records that must not be lost, on disk until they are where they belong."""
