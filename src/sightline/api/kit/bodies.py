"""Request bodies: decompressed with a cap, decoded into a type, with errors that name the field."""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar

import msgspec
from backports import zstd
from litestar import Request
from litestar.exceptions import ClientException, InternalServerException

from sightline.api.kit.memory import GROWTH, SMALL_BYTES, Memory
from sightline.core import codec
from sightline.core.errors import (
    InvalidRequestError,
    PayloadTooLargeError,
    QueueFullError,
    UnsupportedMediaTypeError,
)

T = TypeVar("T")

_CHUNK = 1 << 20
# How the framework says that no more comes: the caller hung up, or sent what is no chunk.
ENDED_EARLY = (ClientException, InternalServerException)


class BodyBudget:
    """Bounds the bytes of request bodies that are in memory at the same time."""

    def __init__(self, limit_bytes: int, body_limit_bytes: int, memory: Memory) -> None:
        self.limit_bytes = limit_bytes
        self.memory = memory
        self.used_bytes = 0
        self._body_limit_bytes = body_limit_bytes

    def body_limit(self, growth: int = GROWTH) -> int:
        """Return the bytes of the largest body, of which each stands for `growth` in memory."""
        return min(self._body_limit_bytes, self.memory.largest(growth))

    def too_large(self, growth: int = GROWTH) -> PayloadTooLargeError:
        """Return the error for a larger one, which says what bounds it."""
        limit = self.body_limit(growth)
        hint = "Send fewer items in one request"
        if limit < self._body_limit_bytes:
            hint += "; more does not fit into the server's memory"
        return PayloadTooLargeError(f"The request body is larger than {limit} bytes", hint=hint)

    def take(self, n: int, growth: int = GROWTH, so_far: int = SMALL_BYTES) -> None:
        """Take in bytes of a body of which `so_far` are here. Raises `QueueFullError`."""
        if self.used_bytes and self.used_bytes + n > self.limit_bytes:
            raise QueueFullError(
                "Too Many Requests: too many large bodies at once, send again later",
                retry_after_s=1,
            )
        self.memory.take(n, growth, so_far)
        self.used_bytes += n

    def give(self, n: int, growth: int = GROWTH) -> None:
        self.memory.give(n, growth)
        self.used_bytes -= n


class Body:
    """The decompressed bytes of a request; `close` gives the memory back to the budget."""

    __slots__ = ("_budget", "_growth", "_taken", "data")

    def __init__(self, budget: BodyBudget, growth: int = GROWTH) -> None:
        self._budget = budget
        self._growth = growth
        self._taken = 0
        self.data = b""

    def check_declared(self, length: str | None) -> None:
        """Raise `PayloadTooLargeError` for a Content-Length that is too much."""
        if length and length.isdigit() and int(length) > self._budget.body_limit(self._growth):
            raise self._budget.too_large(self._growth)

    def grow(self, n: int) -> None:
        if self._taken + n > self._budget.body_limit(self._growth):
            raise self._budget.too_large(self._growth)
        self._budget.take(n, self._growth, self._taken)
        self._taken += n

    def close(self) -> None:
        self._budget.give(self._taken, self._growth)
        self._taken = 0
        self.data = b""


async def read_body(request: Request[Any, Any, Any], growth: int = GROWTH) -> bytes:
    """Return the request's body, decompressed (gzip, deflate, zstd).

    `growth` says for how many bytes in memory one of the body stands while it is worked on.

    Raises `PayloadTooLargeError` over the cap, `InvalidRequestError` for a broken stream.
    """
    budget: BodyBudget = request.app.state.body_budget
    body = Body(budget, growth)
    request.scope["sightline.body"] = body  # type: ignore[typeddict-unknown-key]
    body.check_declared(request.headers.get("content-length"))
    encoding = (request.headers.get("content-encoding") or "").strip().lower()
    parts: list[bytes] = []
    inflate = decoder(encoding)
    try:
        async for chunk in request.stream():
            if inflate is None:
                body.grow(len(chunk))
                parts.append(chunk)
            else:
                for piece in inflate.feed(chunk):
                    body.grow(len(piece))
                    parts.append(piece)
    except ENDED_EARLY as error:
        raise InvalidRequestError("The request body ended early") from error
    if inflate is not None and parts and not inflate.ended:
        raise InvalidRequestError(f"The {encoding} request body is cut short")
    body.data = parts[0] if len(parts) == 1 else b"".join(parts)
    return body.data


async def stream_body(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """Yield the request's body as it comes, decompressed (gzip, deflate, zstd), in pieces of at
    most about a megabyte. The caller bounds what it keeps.

    Raises `InvalidRequestError` for a broken stream.
    """
    encoding = (request.headers.get("content-encoding") or "").strip().lower()
    inflate = decoder(encoding)
    has_come = False
    try:
        async for chunk in request.stream():
            has_come = has_come or bool(chunk)
            for piece in (chunk,) if inflate is None else inflate.feed(chunk):
                yield piece
    except ENDED_EARLY as error:
        raise InvalidRequestError("The request body ended early") from error
    if inflate is not None and has_come and not inflate.ended:
        raise InvalidRequestError(f"The {encoding} request body is cut short")


def release_body(scope: Any) -> None:
    """Give back what `read_body` took; called when the request is answered."""
    body = scope.get("sightline.body")
    if body is not None:
        body.close()


async def read_json(request: Request[Any, Any, Any], type_: type[T]) -> T:
    """Decode the request's JSON body into `type_`."""
    data = await read_body(request)
    if not data.strip():
        raise InvalidRequestError("The request body must not be empty")
    return codec.decode(data, type_)


class Decoder:
    """Inflates a stream piece by piece, so that a small body cannot become a huge one unseen."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._zlib = None if name == "zstd" else zlib.decompressobj(wbits=47)
        self._zstd = zstd.ZstdDecompressor() if name == "zstd" else None
        self.ended = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what a chunk inflates to, piece by piece: a few kB may be a gigabyte."""
        try:
            if self._zlib is not None:
                data = chunk
                while data:
                    yield self._zlib.decompress(data, _CHUNK)
                    data = self._zlib.unconsumed_tail
                self.ended = self._zlib.eof
            elif self._zstd is not None and chunk:
                yield self._zstd.decompress(chunk, _CHUNK)
                while not self._zstd.needs_input and not self._zstd.eof:
                    yield self._zstd.decompress(b"", _CHUNK)
                self.ended = self._zstd.eof
        except (zlib.error, zstd.ZstdError, EOFError) as error:
            raise InvalidRequestError(f"The {self._name} request body is broken") from error


def decoder(encoding: str) -> Decoder | None:
    """Return what inflates a body of this Content-Encoding, None when nothing has to."""
    if encoding in {"", "identity"}:
        return None
    if encoding in {"gzip", "deflate", "zstd", "x-gzip"}:
        return Decoder(encoding)
    raise UnsupportedMediaTypeError(
        f"Content-Encoding `{encoding}` is not understood", hint="Use gzip, deflate or zstd"
    )


def json_text(raw: msgspec.Raw | None, field: str) -> str | None:
    """Return the JSON text of a raw field as it was sent; null is None.

    Raises `InvalidRequestError` when the text is no UTF-8.
    """
    if raw is None:
        return None
    data = bytes(raw)
    if data == b"null" or not data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidRequestError(f"{field} is not valid UTF-8") from None
