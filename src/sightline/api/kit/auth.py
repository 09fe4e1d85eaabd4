"""Who asks: turns the request's key and workspace into a principal, once for each request."""

from typing import Any

from litestar import Request
from litestar.handlers import BaseRouteHandler

from sightline.api.kit.services import Services
from sightline.core.errors import PermissionDeniedError
from sightline.domain.workspace import Principal

_SAFE = {"GET", "HEAD", "OPTIONS"}


async def authenticate(request: Request[Any, Any, Any], services: Services) -> Principal:
    """Return the principal of a request.

    A handler says with `opt={"role": "read" | "write" | "admin"}` what it asks for; without it,
    reading methods ask for `read` and others for `write`.
    """
    headers = request.headers
    who = await services.directory.authenticate(
        headers.get("authorization"),
        headers.get("comet-workspace") or request.query_params.get("workspace_name"),
        keys_required=await services.gate.check(),
    )
    check_role(who, request.route_handler, request.method)
    return who


def check_role(who: Principal, handler: BaseRouteHandler, method: str) -> None:
    """Raise `PermissionDeniedError` when the principal's role does not reach."""
    needed = handler.opt.get("role") or ("read" if method in _SAFE else "write")
    rank = {"read": 0, "write": 1, "admin": 2}
    if rank[who.role] < rank[needed]:
        raise PermissionDeniedError(
            f"This key may only {who.role}; the operation needs a key with role {needed}"
        )
