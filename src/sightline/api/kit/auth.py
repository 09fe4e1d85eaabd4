"""Who asks: turns the request's key or cookie, and workspace, into a principal, once a request."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.handlers import BaseRouteHandler

from sightline.api.kit.receipts import open_receipt
from sightline.api.kit.services import Services
from sightline.core.errors import PermissionDeniedError
from sightline.domain.workspace import Principal

COOKIE = "sightline_session"
# A page of another site cannot send a header of its own without this server's leave.
MARK = "x-sightline-request"

_SAFE = {"GET", "HEAD", "OPTIONS"}


async def authenticate(request: Request[Any, Any, Any], services: Services) -> Principal:
    """Return the principal of a request.

    A handler says with `opt={"role": "read" | "write" | "admin"}` what it asks for; without it,
    reading methods ask for `read` and others for `write`. Without an `Authorization` header the
    cookie of a session counts, on every face. `opt={"counted": (face, kind)}` opens a receipt for
    the messages of the request.
    """
    receipt = open_receipt(request, services)
    headers = request.headers
    key = headers.get("authorization")
    keys_required = await services.gate.check()
    session = None
    if key is None and keys_required:
        session = request.cookies.get(COOKIE)
    if request.method not in _SAFE:
        if session is not None:
            check_own_page(request, services)
        elif not keys_required and not is_own_page(headers.get("sec-fetch-site")):
            raise PermissionDeniedError("A page of another site may not write here")
    workspace = headers.get("comet-workspace") or request.query_params.get("workspace_name")
    who = await services.failed_keys.counted(
        address_of(request, services),
        key,
        lambda: services.directory.authenticate(
            key, workspace, keys_required=keys_required, session=session
        ),
        session=session,
    )
    if receipt is not None:
        receipt.workspace_id = who.workspace_id
    check_role(who, request.route_handler, request.method)
    return who


def address_of(request: Request[Any, Any, Any], services: Services) -> str:
    """Return the address that a request comes from."""
    peer = request.client.host if request.client else ""
    # A proxy may add a line of its own; what stands in several is one list.
    return services.addresses.of(peer, ",".join(request.headers.getall("x-forwarded-for", [])))


def check_role(who: Principal, handler: BaseRouteHandler, method: str) -> None:
    """Raise `PermissionDeniedError` when the principal's role does not reach."""
    needed = handler.opt.get("role") or ("read" if method in _SAFE else "write")
    rank = {"read": 0, "write": 1, "admin": 2}
    if rank[who.role] < rank[needed]:
        raise PermissionDeniedError(
            f"This key may only {who.role}; the operation needs a key with role {needed}"
        )


def is_own_page(site: str | None) -> bool:
    """Say whether a request comes from no page of another server, by its `Sec-Fetch-Site`.

    A page of another port is `same-site`; what is no browser says nothing.
    """
    return site in {None, "same-origin", "none"}


def check_own_page(request: Request[Any, Any, Any], services: Services) -> None:
    """Raise `PermissionDeniedError` unless a browser sent the request from a page of this server.

    A browser adds a cookie to whatever a page makes it send, so a cookie alone is no consent.
    """
    headers = request.headers
    if headers.get(MARK) != "1":
        raise PermissionDeniedError(
            "A write with the session cookie must carry the header `X-Sightline-Request: 1`",
            hint="Send an API key in the header `Authorization` instead when this is no browser",
        )
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    is_own = is_own_page(site)
    if site is None:
        is_own = origin is None or _is_own(origin, request, services)
    if not is_own:
        raise PermissionDeniedError(
            "The request comes from a page of another site",
            hint="Behind a proxy, set `server.public_url` to the address that people use",
        )


def _is_own(origin: str, request: Request[Any, Any, Any], services: Services) -> bool:
    host = urlsplit(origin).netloc.lower()
    own = {
        (request.headers.get("host") or "").lower(),
        (request.headers.get("x-forwarded-host") or "").lower(),
        urlsplit(services.public_url).netloc.lower(),
    }
    return bool(host) and host in own
