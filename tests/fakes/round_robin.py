"""A proxy before several servers, as a company has one: each request goes to the next of them.

    with RoundRobin([5001, 5002, 5003]) as proxy:
        client(f"http://127.0.0.1:{proxy.port}")

Requests of one connection go to different servers. Bodies and streams pass as they come, in both
directions; who hangs up is hung up on. A server that takes no connection is passed over; one that
dies before it answers is a 502, one that dies later an answer that breaks off. What is no request
that it understands it passes on as bytes, so that the server's own refusal is what the client gets.
"""

import asyncio
import contextlib
import re
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

_CHUNK = 1 << 16
_MAX_HEAD = 1 << 16
_REQUEST = re.compile(rb"(?P<method>[A-Z]+) \S+ HTTP/1\.(?P<minor>[01])")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\r\n")
_HOP = {b"connection", b"keep-alive", b"proxy-connection"}

Headers = list[tuple[bytes, bytes]]


class Head(NamedTuple):
    """The first line and the headers of a request or an answer."""

    line: bytes
    headers: Headers

    def all(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.headers if key.lower() == name]

    def with_connection(self, *added: tuple[bytes, bytes]) -> bytes:
        """Return the bytes of the head for the next hop."""
        kept = [pair for pair in self.headers if pair[0].lower() not in _HOP]
        return b"".join(
            (self.line, b"\r\n", *(b"%b: %b\r\n" % pair for pair in [*kept, *added]), b"\r\n")
        )


class Broken(Exception):
    """The other side ended within a message, or what it sent is none."""


class Wire:
    """A connection with what was read from it and not used yet."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.held = b""

    async def more(self) -> bool:
        """Read what comes next; False at the end."""
        data = await self.reader.read(_CHUNK)
        self.held += data
        return bool(data)

    async def head(self) -> Head | None:
        """Read a head; None when it is none that we understand: then all of it is in `held`."""
        while (end := self.held.find(b"\r\n\r\n")) < 0:
            if len(self.held) > _MAX_HEAD:
                return None
            if not await self.more():
                return None
        line, *rest = self.held[:end].split(b"\r\n")
        headers: Headers = []
        for text in rest:
            name, colon, value = text.partition(b":")
            if not colon or not name or name != name.strip():
                return None
            headers.append((name, value.strip()))
        self.held = self.held[end + 4 :]
        return Head(line, headers)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def pass_on(self, to: "Wire", size: int | None = None) -> None:
        """Send so many bytes to another, None for all there are. Raises `Broken`."""
        while size is None or size > 0:
            if not self.held and not await self.more():
                if size is None:
                    return
                raise Broken
            piece = self.held if size is None else self.held[:size]
            self.held = self.held[len(piece) :]
            if size is not None:
                size -= len(piece)
            await to.send(piece)

    async def pass_chunks_on(self, to: "Wire") -> None:
        """Send a chunked body to another. Raises `Broken`; what is no chunk has been sent, too."""
        while True:
            line = await self._line()
            size = _SIZE.fullmatch(line)
            await to.send(line)
            if size is None:
                raise Broken
            count = int(size[1], 16)
            if count == 0:
                break
            await self.pass_on(to, count + 2)
        while True:
            line = await self._line()
            await to.send(line)
            if line == b"\r\n":
                return

    async def _line(self) -> bytes:
        while (end := self.held.find(b"\n")) < 0:
            if len(self.held) > _MAX_HEAD or not await self.more():
                line, self.held = self.held, b""
                return line
        line, self.held = self.held[: end + 1], self.held[end + 1 :]
        return line

    def close(self) -> None:
        # What is on its way to the other side gets there, what it still sends is not wanted.
        self.writer.close()

    def abort(self) -> None:
        self.writer.transport.abort()


class RoundRobin:
    """The proxy, on a thread and an event loop of its own."""

    def __init__(self, ports: Sequence[int], *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.ports = list(ports)
        self.host = host
        self.port = port
        self.served: Counter[int] = Counter()
        """How many requests went to the server at each port."""
        self._turn = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def stop(self) -> None:
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def __enter__(self) -> "RoundRobin":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._accept, self.host, self.port, limit=_CHUNK, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        client = Wire(reader, writer)
        try:
            while await self._one(client):
                pass
        except (OSError, Broken):
            client.abort()
        except asyncio.CancelledError:
            client.abort()
        finally:
            self._open.discard(task)
            client.close()

    async def _one(self, client: Wire) -> bool:
        """Serve one request; whether the connection stays open."""
        head = await client.head()
        if head is None and not client.held:
            return False
        server = await self._next()
        if server is None:
            await client.send(_said(503, "No server takes connections"))
            return False
        try:
            request = None if head is None else _REQUEST.fullmatch(head.line)
            if head is None or request is None or not _is_framed(head):
                if head is not None:
                    client.held = head.with_connection() + client.held
                await _tunnel(client, server)
                return False
            peer = str(client.writer.get_extra_info("peername")[0]).encode()
            told = b", ".join([*head.all(b"x-forwarded-for"), peer])
            onward = Head(
                head.line, [pair for pair in head.headers if pair[0].lower() != b"x-forwarded-for"]
            )
            added = [(b"X-Forwarded-For", told), (b"Connection", b"close")]
            await server.send(onward.with_connection(*added))
            said = b",".join(head.all(b"connection")).lower()
            stays = b"close" not in said and (request["minor"] == b"1" or b"keep-alive" in said)
            return await self._exchange(client, server, head, request["method"] == b"HEAD", stays)
        finally:
            server.close()

    async def _exchange(
        self, client: Wire, server: Wire, head: Head, is_head: bool, stays: bool
    ) -> bool:
        """Pass the body there and the answer back, at the same time."""
        sending = asyncio.create_task(_send_body(client, server, head))
        watching: asyncio.Task[None] | None = None
        answering = asyncio.create_task(_answer(client, server, is_head, stays))
        try:
            await asyncio.wait({sending, answering}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done() and sending.exception() is None:
                # The body is over: from now on whoever hangs up does not want the answer.
                watching = asyncio.create_task(_until_gone(client))
                await asyncio.wait({watching, answering}, return_when=asyncio.FIRST_COMPLETED)
                if not answering.done() and client.reader.at_eof():
                    return False
            elif not answering.done() and client.reader.at_eof():
                return False
            stays = await answering
            # An answer before the end of the body: what still comes is no request.
            return stays and sending.done() and sending.exception() is None
        finally:
            for task in (sending, answering, watching):
                if task is not None:
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError, OSError, Broken):
                        await task

    async def _next(self) -> Wire | None:
        """Connect to the next server that takes connections."""
        for _ in range(len(self.ports)):
            self._turn += 1
            port = self.ports[self._turn % len(self.ports)]
            with contextlib.suppress(OSError):
                wire = Wire(*await asyncio.open_connection(self.host, port, limit=_CHUNK))
                self.served[port] += 1
                return wire
        return None


async def _send_body(client: Wire, server: Wire, head: Head) -> None:
    if head.all(b"transfer-encoding"):
        await client.pass_chunks_on(server)
    elif lengths := head.all(b"content-length"):
        await client.pass_on(server, int(lengths[0]))


async def _answer(client: Wire, server: Wire, is_head: bool, stays: bool) -> bool:
    """Pass an answer on; whether the client's connection may stay. Raises `Broken`."""
    while True:
        try:
            head = await server.head()
        except OSError:
            head = None
        status = None if head is None else _STATUS.match(head.line)
        if head is None or status is None:
            await client.send(_said(502, "The server has gone"))
            return False
        if not status[1].startswith(b"1"):
            break
        await client.send(head.with_connection())
    is_empty = is_head or status[1] in {b"204", b"304"}
    is_chunked = bool(head.all(b"transfer-encoding"))
    lengths = head.all(b"content-length")
    stays = stays and (is_empty or is_chunked or bool(lengths))
    await client.send(head.with_connection((b"Connection", b"keep-alive" if stays else b"close")))
    if is_empty:
        return stays
    if is_chunked:
        await server.pass_chunks_on(client)
    else:
        await server.pass_on(client, int(lengths[0]) if lengths else None)
    return stays


async def _until_gone(client: Wire) -> None:
    """Return when the client hangs up, or sends its next request."""
    with contextlib.suppress(OSError):
        await client.more()


async def _tunnel(client: Wire, server: Wire) -> None:
    """Pass bytes in both directions until either side ends."""

    async def there() -> None:
        try:
            await client.pass_on(server)
        except OSError:
            # Neither side wants an answer any more.
            server.abort()
            raise
        if server.writer.can_write_eof():
            server.writer.write_eof()

    back: Callable[[], Awaitable[None]] = lambda: server.pass_on(client)  # noqa: E731
    tasks = [asyncio.ensure_future(there()), asyncio.ensure_future(back())]
    try:
        await tasks[1]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _is_framed(head: Head) -> bool:
    """Say whether it is plain where the body of a request ends."""
    lengths, codings = head.all(b"content-length"), head.all(b"transfer-encoding")
    if codings:
        return not lengths and codings == [b"chunked"]
    return len(lengths) < 2 and all(length.isdigit() for length in lengths)


def _said(status: int, text: str) -> bytes:
    body = text.encode()
    return (
        f"HTTP/1.1 {status} {text}\r\nContent-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\nX-Proxy: round-robin\r\nConnection: close\r\n\r\n"
    ).encode() + body
