"""Sends a call to one endpoint: builds the request, gets its token, opens the answer."""

import asyncio
import email.utils
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import ConfigurationError, SightlineError
from sightline.domain.gateway import Endpoint
from sightline.domain.generation import ApiType
from sightline.domain.upstream import UpstreamError
from sightline.net.errors import OutboundError
from sightline.net.outbound import Outbound
from sightline.providers._table import quirks_of
from sightline.providers.base import (
    CountingDialect,
    Dialect,
    LocalDialect,
    PartialDialect,
    Token,
    TokenDialect,
    UpstreamRequest,
)
from sightline.services.gateway.routing import Wanted

_ERROR_BYTES = 256 * 1024
_TOKEN_BYTES = 256 * 1024
_TOKEN_SPARE_US = 60_000_000
_MAX_REMEMBERED = 1000
# How servers say that they do not know a path at all.
_NO_SUCH_PATH = frozenset({404, 405, 501})


class AttemptFailedError(Exception):
    """One endpoint did not answer as it should."""

    def __init__(
        self, error: UpstreamError, *, retry_after_s: float | None = None, is_ours: bool = False
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.retry_after_s = retry_after_s
        self.is_ours = is_ours
        """Whether the call never left: the endpoint is not to blame."""


class Source(Protocol):
    """What an endpoint answers: pieces of bytes, until there is an empty one."""

    async def read_some(self) -> bytes: ...
    async def read(self, limit_bytes: int) -> bytes: ...
    async def finish(self) -> None: ...
    def close(self) -> None: ...


class _Local:
    """An answer that was there already."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = list(reversed(pieces))

    async def read_some(self) -> bytes:
        # Others get their turn, as they would while an upstream is waited for.
        await asyncio.sleep(0)
        return self._pieces.pop() if self._pieces else b""

    async def read(self, limit_bytes: int) -> bytes:
        await asyncio.sleep(0)
        return b"".join(reversed(self._pieces))[:limit_bytes]

    async def finish(self) -> None:
        """Nothing follows."""

    def close(self) -> None:
        self._pieces.clear()


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint that answers with success; `asked` is the api in which it was asked."""

    endpoint: Endpoint
    dialect: Dialect
    asked: ApiType
    source: Source


class Upstreams:
    """All that can be called."""

    def __init__(self, outbound: Outbound, dialects: Mapping[str, Dialect], clock: Clock) -> None:
        self._outbound = outbound
        self._dialects = dialects
        self._clock = clock
        self._chat_only: set[tuple[str, str]] = set()
        self._locals = {n: d for n, d in dialects.items() if isinstance(d, LocalDialect)}
        self._with_tokens = {n: d for n, d in dialects.items() if isinstance(d, TokenDialect)}
        self._partial = {n: d for n, d in dialects.items() if isinstance(d, PartialDialect)}
        self._counting = {n: d for n, d in dialects.items() if isinstance(d, CountingDialect)}
        self._tokens: dict[str, tuple[dict[str, str], int]] = {}

    def serves(self, endpoint: Endpoint, api: ApiType) -> bool:
        """Say whether an endpoint can answer an api, as it is or by way of chat."""
        dialect = self._dialects.get(endpoint.dialect)
        if dialect is None:
            return False
        apis = dialect.apis(endpoint)
        return api in apis or (api != "embeddings" and "chat" in apis)

    def asked(self, endpoint: Endpoint, api: ApiType) -> ApiType:
        """Return the api in which an endpoint is asked."""
        if api == "responses" and _place(endpoint) in self._chat_only:
            return "chat"
        return api if api in self._dialects[endpoint.dialect].apis(endpoint) else "chat"

    def may_be_chat_only(self, endpoint: Endpoint, asked: ApiType, error: UpstreamError) -> bool:
        """Say whether a refusal may mean that a server of OpenAI's shape has no responses API."""
        own = endpoint.base_url.rstrip("/")
        return (
            asked == "responses"
            and endpoint.dialect == "openai"
            and bool(own)
            and own != quirks_of(endpoint.provider).base_url
            and _is_of_the_path(endpoint, error)
        )

    def is_chat_only(self, endpoint: Endpoint) -> None:
        """Remember that an endpoint has no responses API; forgotten when the process ends."""
        if len(self._chat_only) >= _MAX_REMEMBERED:
            self._chat_only.clear()
        self._chat_only.add(_place(endpoint))

    def dropped(self, endpoint: Endpoint, asked: ApiType, names: frozenset[str]) -> frozenset[str]:
        """Return those of a request's fields that an endpoint would not get."""
        dialect = self._partial.get(endpoint.dialect) if names else None
        if dialect is None:
            return frozenset()
        return cast(PartialDialect, dialect).drops(endpoint, asked, names)

    def lacks(self, endpoint: Endpoint, wanted: Wanted) -> bool:
        """Say whether an endpoint cannot do all that a call's fields ask."""
        asked = self.asked(endpoint, wanted.api)
        names = wanted.params if asked == wanted.api else wanted.chat_params
        if endpoint.parameters is not None and not names <= endpoint.parameters:
            return True
        return bool(self.dropped(endpoint, asked, names))

    async def open(
        self, endpoint: Endpoint, asked: ApiType, body: Mapping[str, Any], *, stream: bool
    ) -> Opened:
        """Send a call; return when the endpoint says that it answers. The source must be closed.

        Raises `AttemptFailedError`.
        """
        dialect = self._dialects[endpoint.dialect]
        try:
            local = self._locals.get(endpoint.dialect)
            if local is not None:
                pieces = cast(LocalDialect, local).reply(endpoint, asked, body, stream=stream)
                return Opened(
                    endpoint=endpoint, dialect=dialect, asked=asked, source=_Local(pieces)
                )
            request = dialect.request(endpoint, asked, body, stream=stream)
            if endpoint.dialect in self._with_tokens:
                request = await self._with_token(endpoint, request)
            answer = await self._outbound.send(
                request, timeouts=endpoint.timeouts, allow_private=endpoint.allows_private
            )
        except SightlineError as error:
            raise _failed(error, endpoint.provider_name) from None
        if 200 <= answer.status < 300:
            return Opened(endpoint=endpoint, dialect=dialect, asked=asked, source=answer)
        try:
            data = await answer.read(_ERROR_BYTES)
        except OutboundError:
            data = b""
        finally:
            answer.close()
        raise self._refused(dialect, answer.status, answer.headers, data)

    def _refused(
        self, dialect: Dialect, status: int, said: Mapping[str, str], data: bytes
    ) -> AttemptFailedError:
        headers = {name.lower(): value for name, value in said.items()}
        return AttemptFailedError(
            dialect.error(status, headers, data),
            retry_after_s=retry_after_s(headers, self._clock.wall_us()),
        )

    async def count(self, endpoint: Endpoint, body: Mapping[str, Any]) -> int | None:
        """Return what an endpoint counts of a messages request; None from one that counts none.

        Raises `AttemptFailedError`.
        """
        if endpoint.dialect not in self._counting:
            return None
        dialect = self._dialects[endpoint.dialect]
        counting = cast(CountingDialect, self._counting[endpoint.dialect])
        try:
            answer = await self._outbound.send(
                counting.count_request(endpoint, body),
                timeouts=endpoint.timeouts,
                allow_private=endpoint.allows_private,
            )
            try:
                data = await answer.read(_ERROR_BYTES)
            finally:
                answer.close()
        except SightlineError as error:
            raise _failed(error, endpoint.provider_name) from None
        if not 200 <= answer.status < 300:
            failed = self._refused(dialect, answer.status, answer.headers, data)
            if _is_of_the_path(endpoint, failed.error):
                return None
            raise failed
        try:
            return counting.read_count(data)
        except ValueError:
            told = "The provider sent what is not a count"
            raise AttemptFailedError(
                UpstreamError(type="provider_unavailable", message=told, status=200)
            ) from None

    async def _with_token(self, endpoint: Endpoint, request: UpstreamRequest) -> UpstreamRequest:
        now_us = self._clock.now_us()
        held = self._tokens.get(endpoint.id)
        if held is None or held[1] <= now_us:
            dialect = cast(TokenDialect, self._with_tokens[endpoint.dialect])
            asked = await asyncio.to_thread(dialect.token_request, endpoint, self._clock.wall_us())
            if asked is None:
                return request
            token = await self._fetched(endpoint, dialect, asked)
            spare_us = round(token.expires_in_s * 1_000_000) - _TOKEN_SPARE_US
            held = (token.headers, now_us + max(spare_us, 0))
            if len(self._tokens) >= _MAX_REMEMBERED:
                self._tokens.clear()
            self._tokens[endpoint.id] = held
        return msgspec.structs.replace(request, headers={**request.headers, **held[0]})

    async def _fetched(
        self, endpoint: Endpoint, dialect: TokenDialect, asked: UpstreamRequest
    ) -> Token:
        answer = await self._outbound.send(asked, allow_private=endpoint.allows_private)
        try:
            data = await answer.read(_TOKEN_BYTES)
            if answer.status >= 300:
                raise ValueError(f"status {answer.status}")
            return dialect.read_token(data)
        except ValueError as error:
            raise AttemptFailedError(
                UpstreamError(
                    type="authentication",
                    message=f"No token for {endpoint.provider_name} could be had: {error}",
                    status=answer.status if answer.status >= 400 else 502,
                )
            ) from None
        finally:
            answer.close()


def _place(endpoint: Endpoint) -> tuple[str, str]:
    # An endpoint that is moved to another server is another one.
    return endpoint.id, endpoint.base_url


def _is_of_the_path(endpoint: Endpoint, error: UpstreamError) -> bool:
    """Say whether a server does not know the path, rather than the model."""
    return (
        error.status in _NO_SUCH_PATH
        and error.provider_code != "model_not_found"
        and endpoint.upstream_model not in error.message
    )


def _failed(error: SightlineError, provider: str) -> AttemptFailedError:
    # Where a provider is, is the operator's business: callers know it by its name.
    message = error.told_of(provider) if isinstance(error, OutboundError) else error.message
    message = message if error.hint is None else f"{message}. {error.hint}"
    if isinstance(error, OutboundError):
        refused = error.reason == "address"
        told = UpstreamError(
            type="provider_unavailable" if refused else error.code,
            message=message,
            status=0,
            provider_code=error.reason,
        )
        return AttemptFailedError(told, is_ours=refused)
    kind = "provider_unavailable" if isinstance(error, ConfigurationError) else error.code
    told = UpstreamError(type=kind, message=message, status=0)
    return AttemptFailedError(told, is_ours=True)


def read_failed(error: OutboundError, provider: str) -> AttemptFailedError:
    """Return the failure of an endpoint whose answer broke off."""
    told = UpstreamError(
        type=error.code, message=error.told_of(provider), status=200, provider_code=error.reason
    )
    return AttemptFailedError(told)


def retry_after_s(headers: Mapping[str, str], now_us: int) -> float | None:
    """Return the seconds that an upstream asks to wait; None when it says none, or nonsense."""
    milliseconds = headers.get("retry-after-ms", "")
    if milliseconds.isdigit() and len(milliseconds) < 12:
        return int(milliseconds) / 1000
    said = headers.get("retry-after", "").strip()
    try:
        seconds = float(said)
    except ValueError:
        try:
            moment = email.utils.parsedate_to_datetime(said)
        except ValueError:
            return None
        seconds = moment.timestamp() - now_us / 1_000_000
    return min(max(seconds, 0.0), 86_400.0) if seconds == seconds else None
