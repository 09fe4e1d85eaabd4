"""A process that offers and delivers until it is killed; prints the ids that were acknowledged.

    python -m tests.crash.broadcast_child <folder> <URL or -> <seconds the clock is ahead> <batches>

With a URL it makes the destination first. After its batches it delivers, and ends when all is done.
"""

import asyncio
import sys
from pathlib import Path

from sightline.core.clock import FakeClock
from tests.stores.broadcast_world import WS, World, running, until


async def main(folder: str, url: str, ahead_s: str, batches: str) -> None:
    clock = FakeClock()
    clock.advance(float(ahead_s))
    world = World(Path(folder), clock)
    if url != "-":
        await world.add(url)
    (target,) = await world.room.management.list_all(WS)
    async with running(world):
        for _ in range(int(batches)):
            ids = await world.offer(10)
            print(*ids, flush=True)

        async def is_done() -> bool:
            clock.advance(1)
            return (await world.standing(target)).state.queued == 0

        await until(is_done, 60)
    print("done", flush=True)
    await world.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
