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
# Bytes inflated at a time: what is left of them behind each of many small parts is copied.
_SLICE = 1 << 14
# Some writers end a file with an empty part.
_MAX_EMPTY_PARTS = 100
_GZIP_OR_ZLIB, _GZIP_ALONE = 47, 31
# How a part begins. Only the first byte may be here; the decompressor refuses wrong ones behind it.
_GZIP_FIRST = b"\x1f"
_ZSTD_FIRST = b"\x28" + bytes(range(0x50, 0x60))
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


async def stream_body(
    request: Request[Any, Any, Any], chunks: AsyncIterator[bytes] | None = None
) -> AsyncIterator[bytes]:
    """Yield the request's body as it comes, decompressed (gzip, deflate, zstd), in pieces of at
    most about a megabyte. The caller bounds what it keeps.

    Who gives `chunks`, the request's stream, may read on there what this has not read.

    Raises `InvalidRequestError` for a broken stream.
    """
    encoding = (request.headers.get("content-encoding") or "").strip().lower()
    inflate = decoder(encoding)
    has_come = False
    try:
        async for chunk in request.stream() if chunks is None else chunks:
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
    """Inflates a stream piece by piece, so that a small body cannot become a huge one unseen.

    A stream may have several parts, gzip's members and zstd's frames; all of them are read.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._part: _Gzip | _Zstd | None = _Zstd() if name == "zstd" else _Gzip(_GZIP_OR_ZLIB)
        self._is_part_empty = True
        self._empty_parts = 0
        self.ended = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what a chunk inflates to, piece by piece: a few kB may be a gigabyte."""
        for at in range(0, len(chunk), _SLICE):
            try:
                yield from self._inflated(chunk[at : at + _SLICE])
            except (zlib.error, zstd.ZstdError, EOFError) as error:
                raise InvalidRequestError(f"The {self._name} request body is broken") from error

    def _inflated(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._part is None:
                self._part = self._next_part(data)
                self._is_part_empty = True
            for piece in self._part.feed(data):
                if piece:
                    self._is_part_empty = False
                    yield piece
            self.ended = self._part.inflate.eof
            if not self.ended:
                return
            data = self._part.inflate.unused_data
            self._part = None
            self._empty_parts += self._is_part_empty
            if self._empty_parts > _MAX_EMPTY_PARTS:
                # What inflates to nothing is counted nowhere else.
                raise InvalidRequestError(
                    f"The {self._name} request body has more than {_MAX_EMPTY_PARTS} empty parts"
                )

    def _next_part(self, data: bytes) -> "_Gzip | _Zstd":
        """Begin what comes behind the end of a part. What is none is refused: not to read it would
        be to lose it unseen."""
        first = _ZSTD_FIRST if self._name == "zstd" else _GZIP_FIRST
        if data[0] not in first:
            raise InvalidRequestError(
                f"The {self._name} request body goes on behind its end",
                hint="Send one compressed stream, or several one after the other, and nothing else",
            )
        return _Zstd() if self._name == "zstd" else _Gzip(_GZIP_ALONE)


class _Gzip:
    """One member of gzip, or a whole zlib stream."""

    def __init__(self, wbits: int) -> None:
        self.inflate = zlib.decompressobj(wbits=wbits)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            yield self.inflate.decompress(data, _CHUNK)
            data = self.inflate.unconsumed_tail


class _Zstd:
    """One frame of zstd."""

    def __init__(self) -> None:
        self.inflate = zstd.ZstdDecompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield self.inflate.decompress(data, _CHUNK)
        while not self.inflate.needs_input and not self.inflate.eof:
            yield self.inflate.decompress(b"", _CHUNK)


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
