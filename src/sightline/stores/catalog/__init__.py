"""The SQL catalog: named things and their settings, in SQLite or Postgres."""
