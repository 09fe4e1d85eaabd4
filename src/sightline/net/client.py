"""Calls to others through the client library, which takes long to import: see `outbound`."""

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDictProxy
from yarl import URL

from sightline.domain.gateway import Timeouts
from sightline.net.addresses import is_public
from sightline.net.errors import (
    NotPublicError,
    OutboundError,
    timed_out,
    translated,
)
from sightline.net.exchange import Exchange, Target, exchange, taken

_KEEP_ALIVE_S = 60.0
_FINISH_S = 0.05
_URLS_REMEMBERED = 1024


class Sendable(Protocol):
    """What can be sent: `HttpRequest` and `UpstreamRequest` are such."""

    @property
    def method(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class Answer:
    """The head of an answer, whose body is read as it comes. `close` it whatever happens.

    A body that was read to its end gives its connection back; `close` before that ends the
    connection, which tells the other side that nobody waits.
    """

    __slots__ = ("_deadline", "_exchange", "_idle", "_loop", "host", "status")

    def __init__(self, exchange: Exchange, host: str, idle_s: float, deadline: float) -> None:
        self._exchange = exchange
        self._loop = asyncio.get_running_loop()
        self._idle = idle_s
        self._deadline = deadline
        self.host = host
        self.status = exchange.message.code

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """Names in any case."""
        return self._exchange.message.headers

    async def read_some(self) -> bytes:
        """Return what has come, waiting for something; empty at the end.

        Raises `OutboundError` when the other side is silent too long or hangs up early.
        """
        content = self._exchange.body
        try:
            if data := taken(content):
                return data
            if content.at_eof():
                return b""
            late = self._loop.call_at(
                min(self._loop.time() + self._idle, self._deadline),
                content.set_exception,
                TimeoutError(),
            )
            try:
                return await content.readany()
            finally:
                late.cancel()
        except TimeoutError:
            raise timed_out(self.host, "send more of its answer", self._idle) from None
        except (aiohttp.ClientError, OSError) as error:
            raise translated(error, self.host) from None

    async def read(self, limit_bytes: int) -> bytes:
        """Return the whole body. Raises `OutboundError` when it is larger than the limit."""
        parts: list[bytes] = []
        size = 0
        while data := await self.read_some():
            size += len(data)
            if size > limit_bytes:
                raise OutboundError(
                    f"The answer of `{self.host}` is larger than {limit_bytes} bytes",
                    "too_large",
                    host=self.host,
                )
            parts.append(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def finish(self) -> None:
        """Read the end that is due, so that the connection can be used again; waits very shortly.

        For answers that say by themselves when they are whole, as event streams do.
        """
        content = self._exchange.body
        if content.at_eof():
            return
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(_FINISH_S):
                while await content.readany():
                    pass

    def close(self) -> None:
        """End the call; a connection whose answer was read to the end goes back to the pool."""
        self._exchange.close()


class Client:
    """Calls other servers through its pools; made inside the running loop."""

    def __init__(self, user_agent: str, resolver: AbstractResolver | None = None) -> None:
        self._user_agent = user_agent
        self._resolver = resolver
        self._guarded: aiohttp.TCPConnector | None = None
        self._open: aiohttp.TCPConnector | None = None
        self._targets: dict[str, Target] = {}
        self._closed = False

    async def send(self, request: Sendable, timeouts: Timeouts, *, allow_private: bool) -> Answer:
        """Send a request and return when the head of its answer is there; see `Outbound.send`."""
        target = self._target(request.url)
        host = target.host
        connector = self._connector(allow_private)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        first = min(timeouts.connect + timeouts.first_byte, timeouts.total)
        connect = min(timeouts.connect, timeouts.total)
        body = request.body
        try:
            head = target.head(request.method, request.headers, len(body))
            done = await exchange(
                connector, target, head, body, _connect_timeout(connect), begun + first
            )
        except aiohttp.ConnectionTimeoutError:
            raise timed_out(host, "take the connection", connect) from None
        except TimeoutError:
            if loop.time() < begun + first:
                raise timed_out(host, "take the connection", connect) from None
            raise timed_out(host, "begin to answer", first) from None
        except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as error:
            raise translated(error, host) from None
        return Answer(done, host, timeouts.idle, begun + timeouts.total)

    async def close(self) -> None:
        """Close the pools; nothing can be sent after it."""
        self._closed = True
        for connector in (self._guarded, self._open):
            if connector is not None:
                await connector.close()
        self._guarded = self._open = None

    def _target(self, text: str) -> Target:
        target = self._targets.get(text)
        if target is None:
            try:
                # Signed as it is written: `%3A` must not become `:`.
                url = URL(text, encoded="%" in text)
            except ValueError:
                raise OutboundError("The URL cannot be read", "name") from None
            if url.scheme not in {"http", "https"} or not url.host:
                raise OutboundError("The URL must begin with http:// or https://", "name")
            if len(self._targets) >= _URLS_REMEMBERED:
                self._targets.clear()
            target = self._targets[text] = Target(url, self._user_agent)
        return target

    def _connector(self, allow_private: bool) -> aiohttp.TCPConnector:
        connector = self._open if allow_private else self._guarded
        if connector is not None:
            return connector
        if self._closed:
            raise OutboundError("Sightline is shutting down", "connect")
        connector = aiohttp.TCPConnector(
            limit=0,
            keepalive_timeout=_KEEP_ALIVE_S,
            resolver=self._resolver,
            socket_factory=None if allow_private else _public_socket,
            ttl_dns_cache=30,
        )
        if allow_private:
            self._open = connector
        else:
            self._guarded = connector
        return connector


@lru_cache(64)
def _connect_timeout(seconds: float) -> aiohttp.ClientTimeout:
    """Return the library's time-outs: all phases but this one are watched by `Outbound`."""
    return aiohttp.ClientTimeout(total=None, connect=seconds)


def _public_socket(info: tuple[Any, ...]) -> socket.socket:
    """Make the socket for one address of a host; every connection passes here."""
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise NotPublicError("not a public address")
    return socket.socket(family=family, type=kind, proto=protocol)
