"""The hot path: calls to models, outside the web framework.

Everything that is no call goes on to the app inside.
"""

import asyncio
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import msgspec

from sightline.api.kit.auth import COOKIE, MARK, is_own_page
from sightline.api.kit.bodies import Body, BodyBudget, decoder
from sightline.api.kit.callers import Addresses, FailedKeys
from sightline.api.kit.memory import CALL_GROWTH, full
from sightline.api.openrouter._foreign import refused
from sightline.api.openrouter._paths import Target, target_of
from sightline.api.openrouter._sink import AsgiSink, HangUp
from sightline.core import codec
from sightline.core.clock import Clock
from sightline.core.errors import (
    InternalError,
    InvalidRequestError,
    PermissionDeniedError,
    SightlineError,
)
from sightline.core.ids import NIL, new_id
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.domain.client_name import client_name
from sightline.domain.gateway import Caller, Callers
from sightline.domain.generation import ApiType, generation_id
from sightline.domain.ingest_ledger import Counts, reason_of
from sightline.services.gateway.calls import Call, Reply
from sightline.services.gateway.engine import Engine
from sightline.services.gateway.errors import envelope, failure

log = get_logger(__name__)

_decoder = msgspec.json.Decoder(dict[str, Any])
Headers = dict[bytes, bytes]


class Calls:
    """ASGI wrapper: POST of a call's path is answered here."""

    def __init__(
        self,
        app: Any,
        engine: Engine,
        callers: Callers,
        clock: Clock,
        budget: BodyBudget,
        public_url: str = "",
        addresses: Addresses | None = None,
        failed_keys: FailedKeys | None = None,
        ledger: Counts | None = None,
    ) -> None:
        self._ledger = ledger
        self.app = app
        self._engine = engine
        self._callers = callers
        self._clock = clock
        self._budget = budget
        self._own_host = urlsplit(public_url).netloc.lower()
        self._addresses = addresses or Addresses()
        self._failed_keys = failed_keys or FailedKeys(clock, 0)
        self._tasks = TaskGroup()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            target = target_of(scope["path"])
            if target is not None:
                await self._serve(target, scope, receive, send)
                return
        if scope["type"] == "http":
            unbuilt = refused(scope["method"], scope["path"])
            if unbuilt is not None:
                await AsgiSink(send, "").reply(_refusal("chat", unbuilt))
                return
        await self.app(scope, receive, send)

    async def _serve(self, target: Target, scope: Any, receive: Any, send: Any) -> None:
        started_us = self._clock.now_us()
        span_id = new_id()
        headers: Headers = dict(scope["headers"])
        if b"x-forwarded-for" in headers:
            lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            headers[b"x-forwarded-for"] = b",".join(lines)
        id = generation_id(span_id)
        sink = AsgiSink(send, "" if target.counts else id)
        body = Body(self._budget, CALL_GROWTH)
        hang_up: HangUp | None = None
        reply: Reply | None
        caller: Caller | None = None
        try:
            caller = await self._caller(headers, scope.get("client"))
            said = _object(await self._read(body, headers, receive))
            if target.model is not None:
                said.setdefault("model", target.model)
            hang_up = HangUp(receive, self._tasks)
            call = Call(
                target.api,
                said,
                caller,
                headers,
                started_us=started_us,
                span_id=span_id,
                id=id,
            )
            if target.counts:
                reply = await self._engine.count_tokens(call)
            else:
                reply = await self._engine.call(call, sink)
        except SightlineError as error:
            reply = _refusal(target.api, error)
            if not target.counts:
                self._count_refused(headers, caller, error)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if hang_up is None or not hang_up.has_gone or task is None:
                raise
            task.uncancel()
            return
        except MemoryError as error:
            reply = None if sink.has_started else _refusal(target.api, full())
            if not target.counts:
                self._count_refused(headers, caller, error)
        except Exception as error:  # noqa: BLE001 - the last handler of this face
            log.error("gateway.request_died", exc=error)
            reply = None if sink.has_started else _refusal(target.api, InternalError("Died"))
            if not target.counts:
                self._count_refused(headers, caller, error)
        finally:
            body.close()
            if hang_up is not None:
                hang_up.stop()
        if reply is not None:
            await sink.reply(reply)

    def _count_refused(self, headers: Headers, caller: Caller | None, error: Exception) -> None:
        """Count a call that never began: there is no record of it to be stored."""
        if self._ledger is None:
            return
        has_key = any(headers.get(name) for name in (b"authorization", b"x-api-key", b"api-key"))
        self._ledger.count(
            reason_of(error, has_key=has_key),
            1,
            face="gateway",
            client=client_name(headers),
            workspace_id=NIL if caller is None else caller.workspace_id,
            project=None if caller is None else caller.opik.project_name,
        )

    async def _read(self, body: Body, headers: Headers, receive: Any) -> bytes:
        body.check_declared(headers.get(b"content-length", b"").decode("latin-1"))
        said = headers.get(b"content-encoding")
        encoding = "" if said is None else said.decode("latin-1").strip().lower()
        inflate = decoder(encoding) if encoding else None
        parts: list[bytes] = []
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                # Who hung up does not hear it; who sent what is no chunk does.
                raise InvalidRequestError("The request body ended early")
            chunk: bytes = message.get("body", b"")
            for piece in (chunk,) if inflate is None else inflate.feed(chunk):
                body.grow(len(piece))
                parts.append(piece)
            if not message.get("more_body", False):
                break
        if inflate is not None and not inflate.ended:
            raise InvalidRequestError(f"The {encoding} request body is cut short")
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def _caller(self, headers: Headers, client: Any) -> Caller:
        key = headers.get(b"authorization")
        if key is None:
            # As Anthropic's and Azure's clients send it.
            bare = headers.get(b"x-api-key") or headers.get(b"api-key")
            key = None if bare is None else b"Bearer " + bare
        workspace = headers.get(b"comet-workspace")
        session = None
        if key is None:
            if not is_own_page(_site(headers)):
                raise PermissionDeniedError("A page of another site may not call models here")
            session = self._session(headers)
        text = None if key is None else key.decode("utf-8", "replace")
        named = None if workspace is None else workspace.decode("utf-8", "replace")
        forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        return await self._failed_keys.counted(
            self._addresses.of(client[0] if client else "", forwarded),
            text,
            lambda: self._callers.identify(text, named, session=session),
            session=session,
        )

    def _session(self, headers: Headers) -> str | None:
        """Return the token of a browser that signed in, if a page of this server sent the call.

        A browser adds a cookie to whatever a page makes it send, so the page must be ours.
        """
        cookie = headers.get(b"cookie")
        if cookie is None or headers.get(MARK.encode()) != b"1":
            return None
        site, origin = _site(headers), headers.get(b"origin")
        is_own = is_own_page(site)
        if site is None:
            host = urlsplit((origin or b"").decode("latin-1")).netloc.lower()
            own = {headers.get(b"host", b"").decode("latin-1").lower(), self._own_host}
            is_own = origin is None or (bool(host) and host in own)
        if not is_own:
            return None
        try:
            found = SimpleCookie(cookie.decode("latin-1")).get(COOKIE)
        except CookieError:
            return None
        return None if found is None else found.value


def _site(headers: Headers) -> str | None:
    site = headers.get(b"sec-fetch-site")
    return None if site is None else site.decode("latin-1")


def _object(data: bytes) -> dict[str, Any]:
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    if not data.strip():
        raise InvalidRequestError("The request body must not be empty")
    try:
        value = codec.decode(data, Any)
    except SightlineError as error:
        raise InvalidRequestError(error.message, hint=error.hint) from None
    if not isinstance(value, dict):
        raise InvalidRequestError("The request body must be a JSON object")
    return value


def _refusal(api: ApiType, error: SightlineError) -> Reply:
    why = failure(error)
    return Reply(
        status=why.status,
        body=codec.encode(envelope(api, why)),
        headers={"content-type": "application/json", **why.headers},
    )
