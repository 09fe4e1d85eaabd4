"""Threads that are named from rows as they were written are those that all merged rows give."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sightline.core.ids import new_id
from sightline.domain.filter import EVERYTHING, Condition, Sort
from sightline.services.query import threads
from sightline.stores.analytics import (
    thread_candidates,
    thread_newest,
    thread_pages,
    thread_relation,
    thread_sets,
    thread_stats,
)
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.scope import Scope
from tests.stores.test_threads_lists import tag_row
from tests.stores.threads_world import MINUTE, NOW, SECOND, World, where, world

HIDDEN = ("playground",)
UNSAID: dict[str, Any] = {
    "start_time_us": None,
    "end_time_us": None,
    "input": None,
    "output": None,
}


async def begun(w: World, thread_id: str | None, at: float, **said: Any) -> bytes:
    """Write a turn whose id was made when it began, as clients make it."""
    return await w.turn(thread_id, at, id=new_id(NOW + round(at * SECOND)), **said)


async def fill(w: World) -> None:
    """Write ten threads of three turns, half an hour apart, and whatever may happen to them."""
    turns: dict[str, list[bytes]] = {}
    for n in range(10):
        name = f"talk-{n}"
        for turn in range(3):
            turns.setdefault(name, []).append(
                await begun(
                    w,
                    name,
                    at=1800 * n + 60 * turn,
                    output=f'"wren {n}"' if turn == 1 else '"said"',
                    environment="dev" if n % 3 == 0 else None,
                    metadata=f'{{"user_id":"u{n % 4}"}}',
                )
            )
        await w.call(turns[name][0], 10 + n)
        if n % 4 == 0:
            await w.score(name, "quality", f"0.{n}")
        w.clock.advance(60)
    await w.ingest.commit(*tag_row(w, "talk-3", ["Blue"]))
    # The message that names a thread says nothing else, and the one that says something names none.
    later_us = w.clock.now_us() + 1
    bare = await begun(w, None, at=9000)
    await w.turn("talk-5", id=bare, version_us=later_us, **UNSAID)
    late = await begun(w, "talk-6", at=10_990)
    await w.turn(None, id=late, version_us=later_us, **(UNSAID | {"output": '"late lark"'}))
    # The first turn of one has moved to another one, which another kind of trace began.
    await w.turn("talk-1", id=turns["talk-9"][0], version_us=later_us, **UNSAID)
    await begun(w, "talk-8", at=30, source="playground")
    # One is left without a row of its own, one was closed.
    place = f"workspace_id = unhex('{w.who.workspace_id.hex()}')"
    await w.analytics.delete("threads", f"{place} AND thread_id = 'talk-2'")
    await w.marks.close(w.who, w.project_id, ["talk-4"])


@asynccontextmanager
async def talks(analytics: Analytics) -> AsyncIterator[World]:
    async with world(analytics) as w:
        await fill(w)
        yield w


@pytest.fixture(scope="module")
def ten_talks(analytics: Analytics) -> World:
    """The world of `fill`, to read."""

    async def build() -> World:
        async with talks(analytics) as w:
            return w

    return asyncio.run(build())


FILTERS: list[tuple[Condition, set[int]]] = [
    (where("id", "=", "talk-7"), {7}),
    (where("id", "in", "talk-7, talk-2"), {2, 7}),
    (where("id", "ends_with", "-3"), {3}),
    (where("id", "contains", "alk"), set(range(10))),
    (where("id", "=", "elsewhere"), set()),
    (where("tags", "contains", "blue"), {3}),
    (where("feedback_scores", ">", "0.3", "quality"), {4, 8}),
    (where("environment", "=", "dev"), {0, 1, 3, 6, 9}),
    (where("user", "=", "u2"), {2, 6}),
    (where("created_by", "=", "nobody"), set()),
    (where("last_message", "contains", "lark"), {6}),
    (where("status", "=", "active"), {*range(10)} - {4}),
    (where("number_of_messages", ">", "6"), {1, 5, 6}),
]
EVERY: list[Condition | None] = [None, *(condition for condition, _ in FILTERS)]


async def long_way(w: World, scope: Scope, *sorting: Sort) -> list[str]:
    found, _ = await thread_pages.find_among(
        w.analytics, scope, w.lifecycle, None, sorting=sorting, limit=99, offset=0
    )
    return [thread.thread_id for thread in found]


@pytest.mark.parametrize(("condition", "found"), FILTERS, ids=lambda v: getattr(v, "field", ""))
async def test_what_is_named_holds_all_that_meets_a_filter(
    ten_talks: World, condition: Condition, found: set[int]
) -> None:
    w = ten_talks
    scope = w.scope(condition, hidden_sources=HIDDEN)
    expected = await long_way(w, scope, Sort("id", descending=False))
    assert expected == [f"talk-{n}" for n in sorted(found)]
    assert await w.ids(scope, Sort("id", descending=False)) == expected
    assert await thread_pages.count(w.analytics, scope, w.lifecycle) == len(found)


async def test_the_few_that_may_meet_a_filter_are_named(ten_talks: World) -> None:
    w = ten_talks
    for condition, names in (
        (where("id", "ends_with", "-3"), {"talk-3"}),
        (where("tags", "contains", "blue"), {"talk-3"}),
        (where("feedback_scores", ">", "0.3", "quality"), {"talk-4", "talk-8"}),
        (where("environment", "=", "dev"), {"talk-0", "talk-3", "talk-6", "talk-9", "talk-1"}),
        (where("number_of_messages", ">", "6"), None),
        (where("tags", "not_contains", "blue"), None),
    ):
        only = await thread_candidates.named(w.analytics, w.scope(condition), w.lifecycle)
        assert (only and set(only.thread_ids)) == names, condition


async def test_of_too_many_none_is_named(ten_talks: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_candidates, "MOST", 3)
    w = ten_talks
    scope = w.scope(where("environment", "=", "dev"), hidden_sources=HIDDEN)
    assert await thread_candidates.named(w.analytics, scope, w.lifecycle) is None
    assert await w.ids(scope, Sort("id", descending=False)) == [
        f"talk-{n}" for n in (0, 1, 3, 6, 9)
    ]


@pytest.mark.parametrize("limit", [1, 3, 10])
@pytest.mark.parametrize("condition", EVERY, ids=lambda c: c.field if c else "all")
async def test_the_newest_are_those_of_all(
    ten_talks: World, condition: Condition | None, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A first window of a few threads more than are wanted.
    monkeypatch.setattr(thread_newest, "_TRACES_A_THREAD", 10)
    w = ten_talks
    for more in ({}, {"to_us": NOW + 9030 * SECOND}, {"from_us": NOW + 3600 * SECOND}):
        conditions = [condition] if condition else []
        scope = w.scope(*conditions, hidden_sources=HIDDEN, **more)
        found = await thread_newest.find_newest(
            w.analytics,
            scope,
            w.lifecycle,
            limit=limit,
            offset=1,
            now_us=NOW + 20_000 * SECOND,
        )
        expected = await long_way(w, scope, *thread_newest.NEWEST_FIRST)
        assert [thread.thread_id for thread in found] == expected[1 : 1 + limit]
        # The ids between which their traces lie are right too: they are shown whole.
        views = await threads.load(w.analytics, w.who.workspace_id, found, w.reading())
        for view in views:
            # All but the turn that is not shown.
            if view.thread.id != "talk-8":
                assert view.thread == (await w.one(view.thread.id)).thread


@pytest.mark.parametrize("limit", [1, 4, 10])
async def test_what_was_updated_last_is_that_of_all(analytics: Analytics, limit: int) -> None:
    async with talks(analytics) as w:
        w.clock.advance(MINUTE)
        # A client whose clock is ahead updates a turn, and does not say of which thread.
        turn = (await w.one("talk-0")).thread.first_trace_id
        await w.turn(None, id=turn, version_us=NOW + 3 * 3600 * SECOND, **UNSAID)
        await w.ingest.commit(*tag_row(w, "talk-2", ["new"]))
        for more in ({}, {"from_us": NOW + 3600 * SECOND}, {"to_us": NOW + 9030 * SECOND}):
            scope = w.scope(hidden_sources=HIDDEN, **more)
            expected = await long_way(w, scope, *thread_pages.NEWEST_FIRST)
            found = await thread_newest.find_updated(
                analytics, scope, w.lifecycle, limit=limit, offset=0
            )
            assert [thread.thread_id for thread in found] == expected[:limit]
            views, total = await w.page(scope, size=limit)
            assert [view.thread.id for view in views] == expected[:limit]
            assert total == len(expected)


async def test_threads_of_very_many_turns_are_shown_like_others(
    ten_talks: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = ten_talks
    few, _ = await w.page(w.scope())
    figures = await thread_stats.stats(
        w.analytics, w.scope(where("id", "contains", "talk")), w.lifecycle
    )
    monkeypatch.setattr(thread_sets, "_MOST_TURNS", 2)
    many, _ = await w.page(w.scope())
    assert many == few and few[-1].thread.usage
    scope = w.scope(where("id", "contains", "talk"))
    assert await thread_stats.stats(w.analytics, scope, w.lifecycle) == figures


@pytest.mark.parametrize("condition", EVERY, ids=lambda c: c.field if c else "all")
async def test_statistics_of_what_is_named_are_those_of_all(
    ten_talks: World, condition: Condition | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = ten_talks
    found = []
    # With names and without, in a range that is short and in one that is long.
    for most, short_us in ((5_000, 3600 * SECOND), (0, -3600 * SECOND)):
        monkeypatch.setattr(thread_candidates, "MOST", most)
        monkeypatch.setattr(thread_relation, "_SHORT_US", short_us)
        for from_us in (None, NOW + 3600 * SECOND):
            scope = w.scope(filter=condition or EVERYTHING, from_us=from_us, hidden_sources=HIDDEN)
            found.append(await thread_stats.stats(w.analytics, scope, w.lifecycle))
    assert found[:2] == found[2:]


async def test_costs_in_a_time_range_are_of_all_turns(ten_talks: World) -> None:
    w = ten_talks
    by_cost = Sort("total_estimated_cost", descending=False)
    scope = w.scope(
        where("total_estimated_cost", ">", "0.15"),
        from_us=NOW + 3700 * SECOND,
        hidden_sources=HIDDEN,
    )
    views, total = await w.page(scope, by_cost)
    # One began before it, and has a turn in it that was another's.
    assert [view.thread.id for view in views] == ["talk-6", "talk-7", "talk-8", "talk-1"]
    assert total == 4
