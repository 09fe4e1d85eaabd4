"""Names that are unique without regard to case, and text that others have written."""

from sqlalchemy import ColumnElement


def key(name: str) -> str:
    """Return what two names that count as the same have in common."""
    return name.strip().casefold()


def contains(name_key: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Return the condition that a name contains `part`, whatever the case."""
    return name_key.contains(part.casefold(), autoescape=True)


def kept_text(text: str, length: int) -> str:
    """Return as much of what another server said as is kept; Postgres has no NUL in text."""
    return text[:length].replace("\0", "")
