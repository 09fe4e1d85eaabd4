"""The query language for those who type it: reading a query, its fields, their values."""

from typing import Any

import msgspec
from litestar import MediaType, Request, Response, Router, get, post
from litestar.di import Provide

from sightline.api.console._slice import Slice, entity_of, project_of, slice_of
from sightline.api.kit.bodies import read_json
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.errors import InvalidRequestError, QueryError
from sightline.domain.workspace import Principal
from sightline.services.query import facets
from sightline.services.query.facet_parts import Asked
from sightline.services.query.query_fields import keys_of_fields
from sightline.stores.analytics.scope import Scope
from sightline.wire.query.fields import OPERATORS
from sightline.wire.query.parser import parse
from sightline.wire.query.writer import write

_MAX_VALUES = 100


class QueryIn(msgspec.Struct, kw_only=True):
    """The body of `POST /api/console/query/parse`."""

    entity: str = "trace"
    query: str = ""


@post("/query/parse", status_code=200, opt={"role": "read", "body": QueryIn})
async def parse_query(request: Request[Any, Any, Any], who: Principal) -> Response[bytes]:
    """Read a query: its canonical text, its tree and its chips, or what is wrong with it."""
    asked = await read_json(request, QueryIn)
    entity = entity_of(asked.entity)
    body: dict[str, Any] = {"canonical": "", "tree": None, "chips": [], "error": None}
    try:
        found = parse(entity, asked.query)
    except QueryError as error:
        where = {"hint": error.hint, "at": error.at, "end": error.end}
        return _json(body | {"error": {"detail": error.message, **where}})
    return _json(
        body | {"canonical": write(entity, found.tree), "tree": found.tree, "chips": found.chips}
    )


@get("/projects/{project_id:str}/query/fields")
async def query_fields(
    project_id: str, who: Principal, services: Services, entity: str = "trace"
) -> Response[bytes]:
    """List the fields of a query with what may be said of each."""
    kind = entity_of(entity)
    project = await project_of(who, services, project_id)
    scope = Scope(workspace_id=who.workspace_id, project_ids=(project,))
    found = await keys_of_fields(services.analytics, kind, scope)
    fields = [
        {
            "name": field.name,
            "short": field.written,
            "aliases": field.aliases,
            "kind": field.kind,
            "operators": OPERATORS[field.kind],
            "keyed": field.keyed,
            "needs_key": field.needs_key,
            "keys": keys,
            "values": field.values,
            "description": field.description,
        }
        for field, keys in found
    ]
    return _json({"fields": fields})


@get("/projects/{project_id:str}/query/values", dependencies={"asked": Provide(slice_of)})
async def query_values(
    services: Services, asked: Slice, field: str, prefix: str = "", limit: int = 20
) -> Response[bytes]:
    """List a field's commonest values in a slice that contain a text."""
    if not 1 <= limit <= _MAX_VALUES:
        raise InvalidRequestError(f"Parameter `limit` must be between 1 and {_MAX_VALUES}")
    found = await facets.values(
        services.analytics,
        Asked(entity=asked.entity, scope=asked.scope, lifecycle=asked.lifecycle),
        field,
        text=prefix,
        limit=limit,
    )
    return _json({"values": [{"value": v.value, "count": v.count} for v in found]})


def _json(body: Any) -> Response[bytes]:
    return Response(codec.encode(body), media_type=MediaType.JSON)


ROUTER = Router(
    path="/api/console",
    route_handlers=[parse_query, query_fields, query_values],
    tags=["console"],
)
