"""A request's body of JSON lines, in batches that fit into memory, however long it is."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException

from sightline.api.kit.bodies import BodyBudget, stream_body
from sightline.core.errors import InvalidRequestError, PayloadTooLargeError

_BATCH_LINES = 1_000
_BATCH_BYTES = 8 * 1024 * 1024
# Bytes split at a time: short lines are many, and others wait for the loop meanwhile.
_SLICE = 64 * 1024
# Nothing else ends a body of blank lines, of which a gigabyte is a megabyte to send.
_MAX_BLANK_BYTES = 16 * 1024 * 1024
_BLANKS = b" \t\r\n"
# As long as whoever has made a mistake may go on sending before they are answered.
_DRAIN_S = 30
_BOM = b"\xef\xbb\xbf"


class Batch:
    """Lines with the number of the first, from 1; blank lines are counted too."""

    def __init__(self, first: int, lines: list[bytes]) -> None:
        self.first = first
        self.lines = lines


async def batches(
    request: Request[Any, Any, Any], chunks: AsyncIterator[bytes]
) -> AsyncIterator[Batch]:
    """Yield the body's lines; of one line at most a request body's size is held.

    `chunks` is the request's stream.

    Raises `PayloadTooLargeError` for a longer one, `RateLimitedError` when bodies fill the memory,
    `InvalidRequestError` for a body of blank lines.
    """
    held = _Held(request.app.state.body_budget)
    try:
        async for piece in stream_body(request, chunks):
            for at in range(0, len(piece), _SLICE):
                for batch in held.add(piece[at : at + _SLICE]):
                    yield batch
                    held.give_back()
        for batch in held.end():
            yield batch
    finally:
        held.close()


async def drain(chunks: AsyncIterator[bytes]) -> None:
    """Read what still comes, for a while: a client that sends does not look for an answer.

    `chunks` is what was read so far: a stream begun anew would not know that all has come.
    """
    try:
        async with asyncio.timeout(_DRAIN_S):
            async for _ in chunks:
                pass
    except (TimeoutError, HTTPException):
        # It still sends after all that time, or has gone.
        return


class _Held:
    """What has come and is not handed on yet, within the budget of all bodies."""

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self._taken = 0
        self._next = 1
        self._lines: list[bytes] = []
        self._size = 0
        # Parts of a line whose end has not come: joined once, since a line may be very long.
        self._open: list[bytes] = []
        self._open_size = 0
        self._blank_bytes = 0

    def add(self, piece: bytes) -> list[Batch]:
        """Take bytes; return the batches that they fill."""
        if not self._open_size and not piece.strip(_BLANKS):
            # Blanks that the next line begins with are left out too: they mean nothing.
            self._count_blank(len(piece))
            full = self._batch()
            self._next += piece.count(b"\n")
            return full
        self._budget.take(len(piece))
        self._taken += len(piece)
        limit = self._budget.body_limit()
        if self._open_size + len(piece) > limit and b"\n" not in piece:
            raise PayloadTooLargeError(
                f"line {self._next + len(self._lines)} is larger than {limit} bytes",
                hint="Send large media as attachments",
            )
        head, *rest = piece.split(b"\n")
        self._open.append(head)
        self._open_size += len(head)
        full = []
        for part in rest:
            full += self._line()
            self._open.append(part)
            self._open_size = len(part)
        return full

    def end(self) -> list[Batch]:
        """Return what is left: the last line needs no end of its own."""
        full = self._line()
        return [*full, *self._batch()]

    def give_back(self) -> None:
        """Give back to the budget all but what still is held."""
        kept = self._size + self._open_size
        self._budget.give(self._taken - kept)
        self._taken = kept

    def close(self) -> None:
        self._budget.give(self._taken)
        self._taken = 0

    def _count_blank(self, n: int) -> None:
        self._blank_bytes += n
        if self._blank_bytes > _MAX_BLANK_BYTES:
            raise InvalidRequestError(
                f"The body has more than {_MAX_BLANK_BYTES} bytes of blank lines",
                hint="Send lines that say something",
            )

    def _line(self) -> list[Batch]:
        line = self._open[0] if len(self._open) == 1 else b"".join(self._open)
        if self._next + len(self._lines) == 1:
            line = line.removeprefix(_BOM)
        self._open = []
        self._open_size = 0
        if not line or line.isspace():
            self._count_blank(len(line) + 1)
        self._lines.append(line)
        self._size += len(line)
        if len(self._lines) >= _BATCH_LINES or self._size >= _BATCH_BYTES:
            return self._batch()
        return []

    def _batch(self) -> list[Batch]:
        if not self._lines:
            return []
        batch = Batch(self._next, self._lines)
        self._next += len(self._lines)
        self._lines = []
        self._size = 0
        return [batch]
