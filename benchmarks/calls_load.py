"""Sends one request again and again on some connections, as fast as answers come."""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field


@dataclass
class Outcome:
    """Answers by status; seconds to the first byte of a body and to its end, one a request."""

    statuses: dict[int, int] = field(default_factory=dict)
    first_s: list[float] = field(default_factory=list)
    latencies_s: list[float] = field(default_factory=list)
    seconds: float = 0.0


class _Client(asyncio.Protocol):
    """One connection: the next request goes out when the answer is whole."""

    def __init__(self, request: bytes, outcome: Outcome, budget: list[int]) -> None:
        self._request = request
        self._outcome = outcome
        self._budget = budget
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer = b""
        self._need: int | None = None
        self._is_chunked = False
        self._has_head = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the server ended the connection"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._has_head:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end].lower()
            status = int(head[9:12])
            self._outcome.statuses[status] = self._outcome.statuses.get(status, 0) + 1
            self._is_chunked = b"transfer-encoding: chunked" in head
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            self._need = end + 4 + length
            self._has_head = True
            self._body_at = end + 4
            self._has_first = False
        if not self._has_first and len(self._buffer) > self._body_at:
            self._has_first = True
            self._outcome.first_s.append(time.perf_counter() - self._begun)
        if self._is_chunked:
            if not self._buffer.endswith(b"\r\n0\r\n\r\n"):
                return
        elif self._need is None or len(self._buffer) < self._need:
            return
        self._outcome.latencies_s.append(time.perf_counter() - self._begun)
        self._next()

    def _next(self) -> None:
        self._buffer, self._has_head = b"", False
        if self._budget[0] <= 0:
            self.done.set_result(None)
            self._transport.close()
            return
        self._budget[0] -= 1
        self._begun = time.perf_counter()
        self._transport.write(self._request)  # type: ignore[attr-defined]


async def send(
    port: int, path: str, body: bytes, headers: dict[str, str], connections: int, requests: int
) -> Outcome:
    """Send so many requests and return what came."""
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    outcome, budget = Outcome(), [requests]
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    clients = []
    for _ in range(min(connections, requests)):
        _, client = await loop.create_connection(
            lambda: _Client(request, outcome, budget), "127.0.0.1", port
        )
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    outcome.seconds = time.perf_counter() - begun
    return outcome


def main() -> None:
    """Take one JSON object of arguments on stdin, write the outcome as JSON to stdout."""
    asked = json.loads(sys.stdin.read())
    asked["body"] = asked["body"].encode()
    try:
        import uvloop

        outcome = uvloop.run(send(**asked))
    except ImportError:
        outcome = asyncio.run(send(**asked))
    sys.stdout.write(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    main()
