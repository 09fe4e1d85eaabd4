"""Who calls the gateway's faces, and the room that they manage."""

from typing import Any

from litestar import Request

from sightline.api.kit.auth import COOKIE, address_of, check_own_page, is_own_page
from sightline.api.kit.services import Services
from sightline.core.errors import PermissionDeniedError
from sightline.domain.gateway import Caller
from sightline.services.gateway.management import Management

_SAFE = {"GET", "HEAD", "OPTIONS"}
MANAGERS_ONLY = "Only management keys can perform this operation"


def management(services: Services) -> Management:
    """Return the gateway's management."""
    return services.management


async def caller_of(request: Request[Any, Any, Any], services: Services) -> Caller:
    """Return who calls: by a key, or a signed-in browser from a page of this server.

    Raises `AuthenticationError`, `PermissionDeniedError`.
    """
    headers = request.headers
    key = headers.get("authorization")
    session = request.cookies.get(COOKIE) if key is None else None
    if request.method not in _SAFE:
        if session is not None and await services.gate.check():
            check_own_page(request, services)
        elif key is None and not is_own_page(headers.get("sec-fetch-site")):
            raise PermissionDeniedError("A page of another site may not write here")
    return await services.failed_keys.counted(
        address_of(request, services),
        key,
        lambda: management(services).keys.identify(
            key, headers.get("comet-workspace"), session=session
        ),
        session=session,
    )


def check_manager(caller: Caller) -> None:
    """Raise `PermissionDeniedError` for a key that may call but not manage."""
    if not caller.is_management:
        raise PermissionDeniedError(MANAGERS_ONLY)
