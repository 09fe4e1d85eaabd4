"""Signing in: who the browser is to this server, and the cookie that says so.

`GET` answers anybody, so that the sign-in page knows what to ask for.
"""

import asyncio
from typing import Any, ClassVar

import msgspec
from litestar import MediaType, Request, Response, Router, delete, get, post
from litestar.datastructures import Cookie

from sightline import __version__
from sightline.api.kit.address import address_for
from sightline.api.kit.auth import COOKIE, address_of, authenticate, check_own_page
from sightline.api.kit.bodies import stream_body
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.errors import AuthenticationError, InvalidRequestError, PayloadTooLargeError
from sightline.domain.workspace import Principal
from sightline.services.workspace.sessions import SignedIn

_PATH = "/api/console/session"
_PUBLIC = {"public": True}
# Ours are below 50 characters; what is longer was pasted by mistake.
_MAX_KEY_CHARS = 512
# Nobody is known yet when this is read, so it is bounded apart from what keys may send.
_MAX_BYTES = 4096
_READ_S = 10


class _TooSlowError(InvalidRequestError):
    status: ClassVar[int] = 408


class SignInBody(msgspec.Struct):
    key: str


@get("/", opt=_PUBLIC)
async def get_session(request: Request[Any, Any, Any], services: Services) -> Response[bytes]:
    """Say whether keys are asked for, who is signed in and what that person may do."""
    try:
        who = await authenticate(request, services)
    except AuthenticationError:
        who = None
    return _answer(request, services, who)


@post("/", opt={**_PUBLIC, "body": SignInBody}, status_code=200)
async def sign_in(request: Request[Any, Any, Any], services: Services) -> Response[bytes]:
    """Trade a key for a cookie; 401 for one that is not good."""
    check_own_page(request, services)
    address = address_of(request, services)
    services.sessions.check_tries(address)
    body = codec.decode(await _read_small(request), SignInBody)
    key = body.key.strip()
    if not key or len(key) > _MAX_KEY_CHARS:
        raise InvalidRequestError("`key` must be an API key", fields=["key must be an API key"])
    if not await services.gate.check():
        raise InvalidRequestError("This server asks nobody for a key: you are signed in already")
    signed_in = await services.sessions.sign_in(key, address)
    who = Principal(
        workspace_id=signed_in.key.workspace_id,
        workspace_name=signed_in.key.workspace_name,
        user=signed_in.key.name,
        role=signed_in.key.role,
    )
    answer = _answer(request, services, who)
    answer.set_cookie(cookie_of(request, services, signed_in))
    return answer


@delete("/", opt=_PUBLIC)
async def sign_out(request: Request[Any, Any, Any], services: Services) -> Response[None]:
    """End the session and take its cookie back; there may be none."""
    check_own_page(request, services)
    token = request.cookies.get(COOKIE)
    if token:
        await services.sessions.sign_out(token)
    answer: Response[None] = Response(None, status_code=204)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def cookie_of(request: Request[Any, Any, Any], services: Services, signed_in: SignedIn) -> Cookie:
    """Return the cookie of a new session."""
    return Cookie(
        key=COOKIE,
        value=signed_in.token.reveal(),
        path="/",
        max_age=signed_in.lasts_s,
        httponly=True,
        samesite="lax",
        secure=address_for(request, services).startswith("https:"),
    )


async def _read_small(request: Request[Any, Any, Any]) -> bytes:
    """Return the body of somebody who is not known yet: a key, and soon."""
    declared = request.headers.get("content-length") or ""
    if declared.isdigit() and int(declared) > _MAX_BYTES:
        raise _too_large()
    data = bytearray()
    try:
        async with asyncio.timeout(_READ_S):
            async for piece in stream_body(request):
                if len(data) + len(piece) > _MAX_BYTES:
                    raise _too_large()
                data += piece
    except TimeoutError:
        raise _TooSlowError(f"The request body did not come within {_READ_S} s") from None
    if not data.strip():
        raise InvalidRequestError("The request body must not be empty")
    return bytes(data)


def _too_large() -> PayloadTooLargeError:
    return PayloadTooLargeError(
        f"The request body is larger than {_MAX_BYTES} bytes", hint="Send the key alone"
    )


def _answer(
    request: Request[Any, Any, Any], services: Services, who: Principal | None
) -> Response[bytes]:
    body = {
        "keys_required": services.gate.required,
        "signed_in": who is not None,
        "user": who and who.user,
        "role": who and who.role,
        "workspace": who and who.workspace_name,
        "workspaces": [who.workspace_name] if who else [],
        "version": __version__,
        "url": address_for(request, services),
    }
    return Response(
        codec.encode(body), media_type=MediaType.JSON, headers={"Cache-Control": "no-store"}
    )


ROUTER = Router(path=_PATH, route_handlers=[get_session, sign_in, sign_out], tags=["session"])
