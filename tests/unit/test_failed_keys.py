"""How many wrong keys one place may try, whatever comes at once."""

import asyncio

import pytest

from sightline.api.kit.callers import FailedKeys
from sightline.core.clock import FakeClock
from sightline.core.errors import AuthenticationError, RateLimitedError

LIMIT = 5


class Directory:
    """Looks keys up, one after another when it is told to go on."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.asked = 0

    async def look_up(self, key: str) -> str:
        self.asked += 1
        await self.go.wait()
        if key.startswith("wrong"):
            raise AuthenticationError("no such key")
        return key


def _asked(keys: FailedKeys, directory: Directory, key: str) -> asyncio.Task[str]:
    return asyncio.create_task(keys.counted("::1", key, lambda: directory.look_up(key)))


async def test_many_good_keys_at_once_are_no_wrong_ones() -> None:
    keys, directory = FailedKeys(FakeClock(), LIMIT), Directory()
    tasks = [_asked(keys, directory, f"k{n}") for n in range(10 * LIMIT)]
    while directory.asked < LIMIT:
        await asyncio.sleep(0)
    directory.go.set()
    assert await asyncio.gather(*tasks) == [f"k{n}" for n in range(10 * LIMIT)]


async def test_many_wrong_keys_at_once_are_not_all_looked_up() -> None:
    keys, directory = FailedKeys(FakeClock(), LIMIT), Directory()
    tasks = [_asked(keys, directory, f"wrong{n}") for n in range(10 * LIMIT)]
    while directory.asked < LIMIT:
        await asyncio.sleep(0)
    directory.go.set()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert directory.asked == LIMIT
    assert [type(one) for one in ended].count(RateLimitedError) == 9 * LIMIT
    with pytest.raises(RateLimitedError):
        await _asked(keys, directory, "good")
    assert directory.asked == LIMIT


async def test_who_hangs_up_is_not_waited_for() -> None:
    keys, directory = FailedKeys(FakeClock(), 1), Directory()
    first = _asked(keys, directory, "a")
    while not directory.asked:
        await asyncio.sleep(0)
    second = _asked(keys, directory, "b")
    await asyncio.sleep(0)
    first.cancel()
    directory.go.set()
    assert await second == "b"
