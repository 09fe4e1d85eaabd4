"""What one reader asks in several queries, and waits for what was just written once alone."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Whatever goes on in the background after a request has its context; it is to see what comes later.
_LASTS_S = 10.0


class _Moment:
    def __init__(self) -> None:
        self.until_s = time.monotonic() + _LASTS_S
        self.caught_up: asyncio.Future[None] | None = None


_now: ContextVar[_Moment | None] = ContextVar("moment", default=None)


@contextmanager
def one_moment() -> Iterator[None]:
    """Let queries within wait once for all that was acknowledged before the first of them.

    They may not see what is acknowledged later: it is for who only reads, and has no lock in
    which others wrote before.
    """
    token = _now.set(_Moment())
    try:
        yield
    finally:
        _now.reset(token)


async def once(catch_up: Callable[[], Awaitable[None]]) -> None:
    """Catch up, if that was not done in this moment."""
    moment = _now.get()
    if moment is None or time.monotonic() > moment.until_s:
        await catch_up()
        return
    if moment.caught_up is None:
        moment.caught_up = asyncio.ensure_future(catch_up())
    # Who is not waited for any more must not take it from the others.
    await asyncio.shield(moment.caught_up)
