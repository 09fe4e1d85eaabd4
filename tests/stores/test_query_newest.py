"""The newest rows of a project while they are not merged yet."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from sightline.core.ids import new_id
from sightline.domain.filter import And, Condition, Not, Or
from sightline.services.query import table
from sightline.services.query.entities import Shown
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.thread_columns import Lifecycle
from tests.stores.query_world import DAY, HOUR, NOW, SECOND, Library, ids_of, where


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
        ids = [new_id(NOW - HOUR + n) for n in range(60)]
        for some in (range(first, first + 15) for first in range(0, 60, 15)):
            # The newest by far, at first: all but a few are found to be older.
            async with library.at_once():
                for n in some:
                    await write(ids[n], n, NOW)
            async with library.at_once():
                for n in some:
                    began[ids[n]] = n
                    if n % 5:
                        began[ids[n]] = rng.choice([DAY, n + HOUR, n + 1, 90 * DAY])
                        await write(ids[n], began[ids[n]], NOW + SECOND)
                    elif n % 2:
                        # What is said later by a lower version does not count.
                        await write(ids[n], n + 7 * SECOND, NOW - SECOND)
        order = sorted(began, key=lambda one: (-began[one], one), reverse=True)
        for size, number in ((10, 1), (25, 2), (40, 2), (60, 1)):
            for shown in (Shown(), Shown(truncate=True)):
                found, total = await library.page(entity, page=number, size=size, shown=shown)
                assert total == 60
                assert ids_of(found) == order[(number - 1) * size :][:size], (size, number)
        for limit in (1, 25, 59, 60, 80):
            rows, has_more = await _table(library, entity, limit)
            assert [row["id"] for row in rows] == order[:limit], limit
            assert has_more == (limit < 60)
    finally:
        await library.analytics.command(f"SYSTEM START MERGES {entity}s")


@pytest.mark.parametrize("entity", ["trace", "span"])
async def test_a_page_has_what_is_of_its_time_and_its_sources_alone(
    library: Library, entity: Any
) -> None:
    ids = [new_id(NOW - n * HOUR) for n in range(40)]
    for n, id in enumerate(ids):
        told = {"id": id, "source": "playground" if n % 3 == 0 else "sdk"}
        if entity == "trace":
            await library.trace(n * HOUR, **told)
        else:
            await library.span(b"t" * 16, n * HOUR, **told)
        # Said by its first message to be older than the page's time, and younger by the next.
        if n == 5:
            again = {**told, "version_us": NOW + SECOND}
            await (
                library.trace(30 * HOUR, **again)
                if entity == "trace"
                else library.span(b"t" * 16, 30 * HOUR, **again)
            )
    in_time = [n for n in range(21) if n != 5]
    scope = {"from_us": NOW - 20 * HOUR}
    rows, _ = await _table(library, entity, 100, **scope)
    assert [row["id"] for row in rows] == [ids[n] for n in in_time]
    rows, _ = await _table(library, entity, 100, **scope, hidden_sources=("playground",))
    assert [row["id"] for row in rows] == [ids[n] for n in in_time if n % 3]
    rows, has_more = await _table(library, entity, 3, **scope, sources=("playground",))
    assert [row["id"] for row in rows] == [ids[n] for n in (0, 3, 6)]
    assert has_more


async def _table(
    library: Library, entity: Any, limit: int, **narrower: Any
) -> tuple[list[table.Row], bool]:
    return await table.page(
        library.analytics,
        entity,
        library.scope(**narrower),
        Lifecycle(now_us=NOW, timeout_us=HOUR),
        table.Shown(columns=("name", "total_estimated_cost"), preview=100),
        limit=limit,
        now_us=NOW,
    )


MOMENT = "2026-09-21T14:13:20Z"
"""`NOW` as one writes it."""


@pytest.mark.parametrize("entity", ["trace", "span"])
@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "=", "!="])
async def test_a_condition_on_the_start_holds_to_the_microsecond_beside_the_pages_time(
    library: Library, entity: Any, operator: Any
) -> None:
    starts = {"before": 1, "at": 0, "after": -1, "day": DAY, "tomorrow": -DAY}
    for name, ago in starts.items():
        if entity == "trace":
            await library.trace(ago, name=name)
        else:
            await library.span(b"t" * 16, ago, name=name)
    holds = {
        "<": lambda ago: ago > 0,
        "<=": lambda ago: ago >= 0,
        ">": lambda ago: ago < 0,
        ">=": lambda ago: ago <= 0,
        "=": lambda ago: ago == 0,
        "!=": lambda ago: ago != 0,
    }[operator]
    one = where("start_time", operator, MOMENT)
    named = Condition(field="name", operator="!=", value="at")
    trees: dict[str, tuple[Any, Callable[[str], bool]]] = {
        "alone": (one, lambda name: holds(starts[name])),
        "twice": (And((one, And((one,)))), lambda name: holds(starts[name])),
        "and": (And((named, one)), lambda name: holds(starts[name]) and name != "at"),
        "or": (Or((named, one)), lambda name: holds(starts[name]) or name != "at"),
        "not": (Not(one), lambda name: not holds(starts[name])),
    }
    for from_us in (None, NOW - 1):
        for what, (tree, is_met) in trees.items():
            expected = sorted(
                (n for n, ago in starts.items() if is_met(n) and NOW - ago >= (from_us or 0)),
                key=lambda name: starts[name],
            )
            narrower = {"from_us": from_us, "filter": tree}
            found, total = await library.page(entity, **narrower)
            assert [f.view.columns["name"] for f in found] == expected, (what, from_us)
            assert total == len(expected)
            rows, _ = await _table(library, entity, 100, **narrower)
            assert [row["name"] for row in rows] == expected, (what, from_us)
