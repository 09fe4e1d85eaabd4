"""Bounds on the number of items in a request."""

from sightline.core.errors import UnprocessableError


def check_count(n: int, limit: int, field: str) -> None:
    """Raise `UnprocessableError` unless 1 ≤ n ≤ limit."""
    if n < 1 or n > limit:
        text = f"{field} size must be between 1 and {limit}"
        raise UnprocessableError(text, fields=[text])
