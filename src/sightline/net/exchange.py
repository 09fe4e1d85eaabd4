"""One request and its answer on a connection of the pool.

The client library's pool, its connections and its parser are used as they are; its session is
passed by, because that takes longer than all the rest of a call through the gateway.
"""

import asyncio
import base64
from collections import deque
from collections.abc import Mapping
from typing import cast

from aiohttp import ClientTimeout, TCPConnector
from aiohttp.client_exceptions import ClientConnectionError, ServerDisconnectedError
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest, ConnectionKey
from aiohttp.connector import Connection
from aiohttp.http_parser import RawResponseMessage
from aiohttp.streams import StreamReader
from yarl import URL

# Of an answer so much is read ahead of who takes it.
_READ_AHEAD_BYTES = 1 << 17


class Target:
    """Where a request goes; what the pool asks of a request before there is a connection."""

    __slots__ = ("_head", "connection_key", "host", "port", "url")

    proxy = proxy_auth = proxy_headers = server_hostname = None
    ssl = True

    def __init__(self, url: URL, user_agent: str) -> None:
        self.url = url
        self.host = url.raw_host or ""
        self.port = url.port
        self.connection_key = ConnectionKey(
            self.host, self.port, self.is_ssl(), True, None, None, None, None
        )
        lines = [
            f" {url.raw_path_qs} HTTP/1.1",
            f"Host: {url.host_port_subcomponent}",
            f"User-Agent: {user_agent}",
            "Accept: */*",
            # What is streamed must not wait in the other side's compressor.
            "Accept-Encoding: identity",
        ]
        if url.user is not None:
            pair = f"{url.user}:{url.password or ''}".encode()
            lines.append(f"Authorization: Basic {base64.b64encode(pair).decode()}")
        self._head = "\r\n".join(lines)

    def is_ssl(self) -> bool:
        return self.url.scheme == "https"

    def head(self, method: str, headers: Mapping[str, str], length: int) -> bytes:
        """Return the head of a request. Raises `ValueError` for a header with a line end in it."""
        lines = [f"{name}: {value}" for name, value in headers.items()]
        if any("\n" in line or "\r" in line for line in lines):
            raise ValueError("a header holds a line end")
        if length or method not in ("GET", "HEAD", "DELETE"):
            lines.append(f"Content-Length: {length}")
        text = "\r\n".join((method + self._head, *lines, "\r\n"))
        return text.encode("utf-8", "surrogateescape")


class Exchange:
    """An answer whose head is there."""

    __slots__ = ("_connection", "body", "message")

    def __init__(
        self, connection: Connection, message: RawResponseMessage, body: StreamReader
    ) -> None:
        self._connection: Connection | None = connection
        self.message = message
        self.body = body
        body.on_eof(self._release)

    def close(self) -> None:
        """End the connection, unless the answer was read to its end."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.release()


async def exchange(
    connector: TCPConnector,
    target: Target,
    head: bytes,
    body: bytes,
    timeout: ClientTimeout,
    deadline: float,
) -> Exchange:
    """Send a request; return when the head of its answer is there, by the loop's `deadline`.

    A connection that was kept and is closed by the other side just then costs one more try.
    Raises the client library's errors and `TimeoutError`.
    """
    loop = asyncio.get_running_loop()
    while True:
        # The pool takes anything that tells where to go.
        connection = await connector.connect(cast(ClientRequest, target), [], timeout)
        protocol = connection.protocol
        if protocol is None or protocol.transport is None:
            connection.close()
            raise ClientConnectionError("The connection was closed")
        was_kept = getattr(protocol, "was_kept", False)
        protocol.was_kept = True  # type: ignore[attr-defined]
        # As the library ends a wait of its own. `asyncio.timeout` takes longer than to send.
        late = loop.call_at(deadline, protocol.set_exception, TimeoutError())
        try:
            protocol.set_response_params(read_until_eof=True, read_bufsize=_READ_AHEAD_BYTES)
            if len(body) < _READ_AHEAD_BYTES:
                protocol.transport.write(head + body)
            else:
                protocol.transport.writelines((head, body))
            message, payload = await _answer(protocol)
        except ServerDisconnectedError:
            connection.close()
            if was_kept:
                continue
            raise
        except BaseException:
            connection.close()
            raise
        finally:
            late.cancel()
        return Exchange(connection, message, payload)


def taken(body: StreamReader) -> bytes:
    """Return what has come of an answer; empty when nothing has. Raises what ended it.

    The library takes its buffer piece by piece, and after each asks parser and line to go on. A
    stream that was read all at once may be hundreds of pieces.
    """
    # An answer without a body has no buffer.
    pieces: deque[bytes] | None = getattr(body, "_buffer", None)
    if pieces is not None and len(pieces) > 1:
        whole = b"".join(pieces)
        pieces.clear()
        pieces.append(whole)
        if body._http_chunk_splits:
            # Where pieces ended, which nobody asks here.
            body._http_chunk_splits.clear()
    return body.read_nowait()


async def _answer(protocol: ResponseHandler) -> tuple[RawResponseMessage, StreamReader]:
    while True:
        message, payload = await protocol.read()
        # 100 and its like come before the answer.
        if not 100 <= message.code < 200:
            return message, payload
        await asyncio.sleep(0)
