"""The newest rows of a project while they are not merged yet."""

import random
from typing import Any

import pytest

from sightline.core.ids import new_id
from sightline.stores.analytics.engine import Analytics
from tests.stores.query_world import DAY, HOUR, NOW, SECOND, Library, ids_of


@pytest.fixture
def library(analytics: Analytics) -> Library:
    return Library(analytics)


@pytest.mark.parametrize("entity", ["trace", "span"])
async def test_rows_that_began_earlier_or_later_than_was_first_said_are_in_their_place(
    library: Library, entity: Any
) -> None:
    rng = random.Random(2)
    began: dict[bytes, int] = {}

    async def write(id: bytes, ago: int, version_us: int) -> None:
        told = {"id": id, "version_us": version_us}
        await (
            library.trace(ago, **told)
            if entity == "trace"
            else library.span(b"t" * 16, ago, **told)
        )

    # Rows stay as they are written, as they do for a while.
    await library.analytics.command(f"SYSTEM STOP MERGES {entity}s")
    try:
        for n in range(120):
            id = new_id(NOW - HOUR + n)
            # The newest by far, at first: all but a few are found to be older.
            await write(id, n, NOW)
            began[id] = n
            if n % 5:
                began[id] = rng.choice([DAY, n + HOUR, n + 1, 90 * DAY])
                await write(id, began[id], NOW + SECOND)
            elif n % 2:
                # What is said later by a lower version does not count.
                await write(id, n + 7 * SECOND, NOW - SECOND)
        order = sorted(began, key=lambda one: (-began[one], one), reverse=True)
        for size, number in ((10, 1), (25, 1), (25, 2), (50, 2), (120, 1)):
            found, total = await library.page(entity, page=number, size=size)
            assert total == 120
            assert ids_of(found) == order[(number - 1) * size :][:size], (size, number)
    finally:
        await library.analytics.command(f"SYSTEM START MERGES {entity}s")
