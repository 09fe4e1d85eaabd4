"""From a query's text to the filter that the stores take."""

from sightline.core.errors import QueryError
from sightline.domain.filter import EVERYTHING, EntityType, Filter


def read_query(entity: EntityType, text: str | None, now_us: int) -> Filter:
    """Return the filter of a query, its relative times made absolute; none matches all.

    Raises `QueryError`.
    """
    if text is None or not text.strip():
        return EVERYTHING
    raise QueryError("Queries are not read yet", at=0, end=len(text))
