"""What processes of one Postgres tell each other: that something was changed, that rows came.

A notice goes with the transaction that makes the change, so it comes when the change is there, and
not at all when it is not. A process that was away from the database has missed some; it is told so.
A SQLite file has one process, which knows what it does.
"""

import asyncio
from collections.abc import Callable

from sqlalchemy import Connection, func, select

from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.stores.catalog.engine import Catalog

log = get_logger(__name__)

# Topics; without a text unless it says so.
ARRIVALS = "arrivals"
"""Rows that were stored: the hub's own JSON."""
EXPORTS = "exports"
"""How far an export is: JSON of its own."""
PROJECTS = "projects"
"""A project was renamed or deleted."""
KEYS = "keys"
"""A key was made or revoked, or a session ended."""
GATEWAY_KEYS = "gateway-keys"
"""A gateway key was changed."""
SPENT = "spent"
"""What gateway keys with a limit have spent was added up: their ids in hex, with commas."""
TOKENS = "tokens"
"""How many tokens gateway keys with a limit of them have used: the counts' own text."""
GATEWAY = "gateway"
"""Providers, models, their routing or presets were changed."""
THREADS = "threads"
"""Threads were deleted."""
DESTINATIONS = "destinations"
"""A destination, or a workspace's switch, was changed."""
JOBS = "jobs"
"""Work was queued that somebody waits for."""

_CHANNEL = "sightline"
_AGAIN_S = 2.0
# After so long without a notice the server is asked whether it is there, and has so long to answer.
_QUIET_S, _SILENT_S = 15.0, 5.0

Heard = Callable[[str], None]
"""Called on the event loop with a notice's text; empty: whatever it may have been."""


def tell(connection: Connection, topic: str, text: str = "") -> None:
    """Tell all processes, this one too, once the transaction is committed.

    Postgres refuses a notice of 8,000 bytes, and with it the transaction: who tells much does so in
    several.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(_CHANNEL, f"{topic} {text}")))


class Notices:
    """Hears what other processes tell, on a connection of its own. For one event loop."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._heard: dict[str, list[Heard]] = {}
        self._tasks = TaskGroup()

    @property
    def is_shared(self) -> bool:
        """Whether there may be other processes."""
        return self._catalog.conninfo is not None

    def on(self, topic: str, heard: Heard) -> None:
        """Call `heard` with what is told under a topic."""
        self._heard.setdefault(topic, []).append(heard)

    def start(self) -> None:
        """Begin to hear; call inside the running loop."""
        if self._catalog.conninfo is not None:
            self._tasks.spawn("catalog.notices", self._listen(self._catalog.conninfo))

    async def stop(self) -> None:
        await self._tasks.stop()

    async def tell(self, topic: str, text: str) -> None:
        """Tell the other processes something that no transaction changes."""
        await self._catalog.write(lambda connection: tell(connection, topic, text))

    async def _listen(self, conninfo: str) -> None:
        # An optional driver, which a server with a SQLite file does not need.
        import psycopg  # noqa: PLC0415

        is_failing = False
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    conninfo, autocommit=True
                ) as connection:
                    async with asyncio.timeout(_SILENT_S):
                        await connection.execute(f"LISTEN {_CHANNEL}")
                    is_failing = False
                    for topic in self._heard:
                        self._note(topic)
                    while True:
                        async for notice in connection.notifies(timeout=_QUIET_S):
                            self._note(notice.payload)
                        # What says nothing for ever may be a way that leads nowhere any more.
                        async with asyncio.timeout(_SILENT_S):
                            await connection.execute("SELECT 1")
            except (psycopg.Error, OSError) as error:
                # Meanwhile what is in memory grows old by itself.
                if not is_failing:
                    log.warning("catalog.notices_missed", why=type(error).__name__)
                is_failing = True
            await asyncio.sleep(_AGAIN_S)

    def _note(self, payload: str) -> None:
        topic, _, text = payload.partition(" ")
        for heard in self._heard.get(topic, ()):
            try:
                heard(text)
            except Exception as error:  # noqa: BLE001 - another version may tell it otherwise
                log.warning("catalog.notice_not_understood", topic=topic, exc=error)
