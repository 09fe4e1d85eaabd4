"""`GET traces/{id}/search`: which spans of a trace hold a text."""

from typing import Any

from litestar import Router, get

from sightline.api.kit.services import Services
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import format_id, parse_id
from sightline.domain.workspace import Principal
from sightline.services.query import trace_search

_MAX_TEXT = 1_000


@get("/{id:str}/search", summary="Search within a trace")
async def search_trace(id: str, text: str, who: Principal, services: Services) -> dict[str, Any]:
    """Return the spans, the earliest first, and whether the trace's own row holds it too."""
    if len(text) > _MAX_TEXT:
        raise InvalidRequestError(f"Parameter `text` may have at most {_MAX_TEXT} characters")
    found = await trace_search.search(services.analytics, who.workspace_id, parse_id(id), text)
    return {
        "span_ids": [format_id(span_id) for span_id in found.span_ids],
        "in_trace": found.is_in_trace,
    }


ROUTER = Router(path="/api/console/traces", route_handlers=[search_trace], tags=["console"])
