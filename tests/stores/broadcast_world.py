"""A room of broadcast on real stores and a real network, with a clock that stands still."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec

from sightline.core.clock import FakeClock
from sightline.core.ids import new_id
from sightline.core.sealing import Sealer
from sightline.domain.broadcast import Rules
from sightline.domain.generation import Generation, generation_id
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID
from sightline.net.outbound import Outbound, OutboundOptions
from sightline.services.broadcast.options import BroadcastOptions
from sightline.services.broadcast.service import BroadcastService, Standing
from sightline.services.broadcast.targets import Target
from sightline.stores.blobs import Blobs
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrate import migrate

KEY = bytes(range(32))
WS = DEFAULT_WORKSPACE_ID
ALL = Rules()


class World:
    """One process's broadcast; `other` is a second process on the same data."""

    def __init__(
        self,
        folder: Path,
        clock: FakeClock,
        url: str | None = None,
        *,
        allow_private: bool = True,
        blobs: Blobs | None = None,
        **options: Any,
    ) -> None:
        self.folder = folder
        self.clock = clock
        self.url = url or f"sqlite:///{folder}/catalog.db"
        self.catalog = Catalog.open(self.url)
        migrate(self.catalog)
        self.outbound = Outbound(OutboundOptions(allow_private=allow_private))
        settings = {"poll_s": 0.02, "timeout_s": 5.0, **options}
        self.room = BroadcastService(
            self.catalog,
            blobs or Blobs.open(str(folder / "blobs")),
            Sealer(KEY),
            self.outbound,
            clock,
            BroadcastOptions(**settings),
        )

    async def add(
        self, url: str, *, rules: Rules = ALL, name: str = "mine", ws: bytes = WS, **config: Any
    ) -> Target:
        """Make a webhook."""
        return await self.room.management.create(
            ws, "webhook", name, {"url": url, **config}, rules, user="ada"
        )

    def make(self, count: int = 1, *, ws: bytes = WS, **fields: Any) -> list[Generation]:
        """Return generations that have ended now."""
        now_us = self.clock.now_us()
        values = {
            "model": "openai/gpt-4o",
            "input": '{"messages":[{"role":"user","content":"hello"}]}',
            "output": '{"choices":[{"index":0,"message":{"content":"there"}}]}',
            **fields,
        }
        return [
            Generation(
                id=generation_id(new_id()),
                workspace_id=ws,
                started_us=now_us - 1_000_000,
                ended_us=now_us,
                **values,
            )
            for _ in range(count)
        ]

    async def offer(self, count: int = 1, key: str | None = None, **fields: Any) -> list[str]:
        """Offer new generations; return their ids."""
        made = self.make(count, **fields)
        await self.room.offer(made, key or new_id().hex())
        return [one.id for one in made]

    async def standing(self, target: Target) -> Standing:
        return (await self.room.standings([target]))[target.id]

    async def counts(self, target: Target) -> dict[str, int]:
        """Return the counts that are not nil."""
        found = msgspec.structs.asdict((await self.standing(target)).counts)
        return {name: value for name, value in found.items() if value}

    async def stop(self) -> None:
        await self.room.stop()
        await self.outbound.close()
        self.catalog.close()


@contextlib.asynccontextmanager
async def running(world: World) -> AsyncIterator[World]:
    world.room.start()
    try:
        yield world
    finally:
        await world.room.stop()


async def until(fact: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until a fact, or an awaitable one, holds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        found = fact()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert loop.time() < end, "it has not come to pass"
        await asyncio.sleep(0.01)
