"""Links that clients print: from an API address to the page of the UI.

A browser follows them without a key. Where keys are asked for, such a visitor learns nothing here:
the UI gets the trace's id and finds the page once the visitor has signed in.
"""

import json
from typing import Any
from urllib.parse import quote

from litestar import Request, Router, get
from litestar.response import Redirect

from sightline.api.kit.auth import authenticate
from sightline.api.kit.services import Services
from sightline.core.errors import AuthenticationError, NotFoundError
from sightline.core.ids import format_id, parse_id
from sightline.stores.analytics import current

_PUBLIC = {"public": True}


@get("/projects", status_code=303, opt=_PUBLIC)
async def projects_redirect(
    request: Request[Any, Any, Any], services: Services, trace_id: str
) -> Redirect:
    """Lead to a trace in its project; 404 when there is none."""
    id = parse_id(trace_id, "trace_id")
    text = format_id(id)
    try:
        who = await authenticate(request, services)
    except AuthenticationError:
        return _see(f"/traces/{text}")
    found = await current.projects_of(services.analytics, who.workspace_id, "trace", [id])
    if id not in found:
        raise NotFoundError(f"Trace id: {text} not found")
    return _see(f"/projects/{format_id(found[id])}/logs?trace={text}")


@get("/datasets", status_code=303, opt=_PUBLIC)
async def datasets_redirect(dataset_id: str) -> Redirect:
    """Lead to a dataset's items."""
    return _see(f"/datasets/{_id(dataset_id, 'dataset_id')}/items")


@get("/experiments", status_code=303, opt=_PUBLIC)
async def experiments_redirect(dataset_id: str, experiment_id: str) -> Redirect:
    """Lead to an experiment beside others of its dataset."""
    chosen = quote(json.dumps([_id(experiment_id, "experiment_id")]))
    return _see(f"/experiments/{_id(dataset_id, 'dataset_id')}/compare?experiments={chosen}")


@get("/optimizations", status_code=303, opt=_PUBLIC)
async def optimizations_redirect(dataset_id: str, optimization_id: str) -> Redirect:
    """Lead to an optimization's trials."""
    chosen = _id(optimization_id, "optimization_id")
    return _see(f"/optimizations/{chosen}?dataset={_id(dataset_id, 'dataset_id')}")


def _id(text: str, field: str) -> str:
    return format_id(parse_id(text, field))


def _see(place: str) -> Redirect:
    # On this server alone: the address in `path` is the client's word, and could lead anywhere.
    return Redirect(place, status_code=303)


ROUTER = Router(
    path="/api/v1/session/redirect",
    route_handlers=[
        projects_redirect,
        datasets_redirect,
        experiments_redirect,
        optimizations_redirect,
    ],
    tags=["redirect"],
)
