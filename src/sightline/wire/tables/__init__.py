"""Tables of what is stored as files that other programs open: CSV and Parquet."""
