"""What narrows a read: Opik's `filters`, and our `query` beside them; a row must meet both."""

from typing import Annotated

from litestar.di import NamedDependency
from litestar.params import QueryParameter

from sightline.api.kit.services import Services
from sightline.core.errors import InvalidRequestError, QueryError
from sightline.domain.filter import EVERYTHING, Condition, EntityType, Filter, all_of
from sightline.wire.opik.filters import parse_filters
from sightline.wire.query.read import read_query

Narrowed = NamedDependency[Filter]
"""A filter that one of the functions here read as a dependency named `filter`."""

# The framework keeps the name `query` for itself.
QueryParam = Annotated[str | None, QueryParameter(name="query")]


def filter_of(
    entity: EntityType, services: Services, filters: str | bytes | None, query: str | None
) -> Filter:
    """Return the filter of both parameters. Raises `InvalidRequestError` for one that is wrong."""
    try:
        asked = read_query(entity, query, services.clock.now_us())
    except QueryError as error:
        # This face's errors have no place for the characters.
        raise InvalidRequestError(
            f"Parameter 'query', character {error.at + 1}: {error.message}", hint=error.hint
        ) from None
    given = parse_filters(filters)
    return given if asked == EVERYTHING else all_of(given, asked)


def trace_filter(
    services: Services,
    filters: str | None = None,
    query_text: QueryParam = None,
    annotation_queue_id: str | None = None,
) -> Filter:
    """Read the query parameters by which traces are picked one by one."""
    return _of_queue(filter_of("trace", services, filters, query_text), annotation_queue_id)


def span_filter(
    services: Services, filters: str | None = None, query_text: QueryParam = None
) -> Filter:
    """Read the query parameters by which spans are picked one by one."""
    return filter_of("span", services, filters, query_text)


def thread_filter(
    services: Services,
    filters: str | None = None,
    query_text: QueryParam = None,
    annotation_queue_id: str | None = None,
) -> Filter:
    """Read the query parameters by which threads are picked one by one."""
    return _of_queue(filter_of("thread", services, filters, query_text), annotation_queue_id)


def _of_queue(filter: Filter, annotation_queue_id: str | None) -> Filter:
    if not annotation_queue_id:
        return filter
    queue = Condition(field="annotation_queue_ids", operator="=", value=annotation_queue_id)
    return all_of(filter, queue)
