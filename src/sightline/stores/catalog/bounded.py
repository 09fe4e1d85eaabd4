"""Connections to Postgres that do not wait for ever for a server that says nothing.

A network that drops packets is noticed by the kernel. What goes on taking them and never answers,
as a proxy whose server is gone or a server that is stopped, is noticed here alone.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, text


class Bounded(psycopg.Connection[Any]):
    """A connection that ends when the server is silent for `silence_s` while it is waited for."""

    silence_s = float("inf")

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        """Do what the driver does, but through no longer silence.

        Raises `psycopg.OperationalError`.
        """
        return super().wait(self._in_time(gen), *args, **options)

    def _in_time(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Pass on what the driver waits for; it comes by several times a second."""
        ends_s = time.monotonic() + self.silence_s
        try:
            waits_for = next(gen)
            while True:
                ready = yield waits_for
                now_s = time.monotonic()
                if ready:
                    # Something came, or was taken: a long answer may come slowly.
                    ends_s = now_s + self.silence_s
                elif now_s > ends_s:
                    # Nothing has, and the driver woke to let others in.
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server does not answer")
                waits_for = gen.send(ready)
        except StopIteration as ended:
            return ended.value


@contextmanager
def unbounded(connection: Connection) -> Iterator[None]:
    """Let the statements of a transaction on Postgres wait and take as long as they do."""
    connection.execute(text("SET LOCAL lock_timeout = 0"))
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    raw = cast(Bounded, connection.connection.driver_connection)
    silence_s, raw.silence_s = raw.silence_s, float("inf")
    try:
        yield
    finally:
        raw.silence_s = silence_s


def connect(silence_s: float, *args: Any, **options: Any) -> Bounded:
    """Connect as the driver does."""
    connection = Bounded.connect(*args, **options)
    connection.silence_s = silence_s
    return connection
