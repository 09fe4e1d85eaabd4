"""`GET …/facets`: the values by which a slice can be narrowed, with their counts."""

from typing import Any

from litestar import MediaType, Response, Router, get
from litestar.di import Provide

from sightline.api.console._slice import Slice, slice_of
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.services.query import facets
from sightline.services.query.facet_parts import Asked, Facet


@get("/facets", dependencies={"asked": Provide(slice_of)})
async def get_facets(
    services: Services, asked: Slice, fields: str | None = None
) -> Response[bytes]:
    """Count the values of some fields, joined by commas; `score` stands for the commonest scores.

    `sampled` says that some counts are of the newest rows alone.
    """
    found = await facets.facets(
        services.analytics,
        Asked(entity=asked.entity, scope=asked.scope, lifecycle=asked.lifecycle),
        [name.strip() for name in (fields or "").split(",") if name.strip()],
    )
    body = {
        "facets": [_body(facet) for facet in found],
        "sampled": any(facet.is_sampled for facet in found),
    }
    return Response(codec.encode(body), media_type=MediaType.JSON)


def _body(facet: Facet) -> dict[str, Any]:
    return {
        "field": facet.field,
        "label": facet.label,
        "kind": facet.kind,
        "values": facet.values,
        "missing": facet.missing,
        "sampled": facet.is_sampled,
    }


ROUTER = Router(
    path="/api/console/projects/{project_id:str}",
    route_handlers=[get_facets],
    tags=["console"],
)
