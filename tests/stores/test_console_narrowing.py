"""Short cuts of the console's reads find what the long way finds."""

import msgspec
import pytest

from sightline.core.ids import new_id
from sightline.domain.writes import TraceWrite
from sightline.stores.analytics import row_binary, slice_figures, thread_newest, thread_pages
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.metrics import Buckets
from sightline.stores.analytics.narrowing import simplified
from sightline.stores.analytics.span_sums import span_sums
from sightline.stores.analytics.thread_columns import Lifecycle
from tests.stores.query_world import DAY, HOUR, NOW, Library
from tests.stores.threads_world import where, world

HIDDEN = ("experiment", "playground")
LIFECYCLE = Lifecycle(now_us=NOW, timeout_us=HOUR)


@pytest.fixture
async def library(analytics: Analytics) -> Library:
    found = Library(analytics)
    for ago in (1, 2, 3):
        trace = await found.trace(ago * DAY, end_time_us=NOW - ago * DAY + 1000)
        await found.span(trace, ago * DAY, cost="0.5", usage={"total_tokens": 10 * ago})
    return found


async def test_conditions_that_leave_nothing_out_go(library: Library) -> None:
    scope = library.scope(from_us=NOW - 4 * DAY, to_us=NOW, hidden_sources=HIDDEN)
    for entity in ("trace", "span", "thread"):
        found = await simplified(library.analytics, entity, scope)  # type: ignore[arg-type]
        assert found == library.scope()


async def test_conditions_that_leave_something_out_stay(library: Library) -> None:
    for more in ({"from_us": NOW - 2 * DAY}, {"to_us": NOW - DAY}, {"from_us": NOW}):
        scope = library.scope(**more)
        assert await simplified(library.analytics, "trace", scope) == scope
    await library.trace(DAY, source="experiment")
    scope = library.scope(hidden_sources=HIDDEN)
    assert await simplified(library.analytics, "trace", scope) == scope
    assert (await simplified(library.analytics, "span", scope)).hidden_sources == ()


@pytest.mark.parametrize("from_us", [None, NOW - 10 * DAY, NOW - 2 * DAY])
async def test_figures_are_the_same_either_way(library: Library, from_us: int | None) -> None:
    await library.trace(DAY, source="experiment")
    asked = library.scope(from_us=from_us, hidden_sources=HIDDEN)
    short = await simplified(library.analytics, "trace", asked)
    found = [
        await slice_figures.figures(library.analytics, "trace", scope, LIFECYCLE)
        for scope in (asked, short)
    ]
    assert found[0] == found[1]
    assert found[0].count == (2 if from_us == NOW - 2 * DAY else 3)


async def test_the_newest_threads_are_those_of_all(analytics: Analytics) -> None:
    async with world(analytics) as threads:
        # One turn an hour, three threads in turn, and one that goes on from the first day to now.
        for hour in range(120):
            await threads.turn(f"t{hour // 3}", -3600 * hour)
        for hour in (0.5, 118.5):
            await threads.turn("long", -3600 * hour)
        now_us = threads.clock.now_us()
        for scope in (
            threads.scope(),
            threads.scope(from_us=NOW - 30 * HOUR),
            threads.scope(to_us=NOW - 10 * HOUR),
            threads.scope(where("number_of_messages", ">", "5")),
        ):
            order, _ = await thread_pages.find(
                analytics,
                scope,
                threads.lifecycle,
                sorting=thread_newest.NEWEST_FIRST,
                limit=100,
            )
            for limit, offset in ((1, 0), (2, 1), (5, 0), (100, 0), (3, 39)):
                found = await thread_newest.find_newest(
                    analytics, scope, threads.lifecycle, limit=limit, offset=offset, now_us=now_us
                )
                assert found == order[offset : offset + limit]


async def test_a_thread_joined_later_is_where_it_began(analytics: Analytics) -> None:
    async with world(analytics) as threads:
        for hour in range(60):
            await threads.turn(f"t{hour}", -3600 * hour)
        # The message that names the thread says nothing of the start.
        late = await threads.turn(None, -3600 * 50)
        await threads.turn("joined", -60)
        await threads.turn(
            "joined", id=late, start_time_us=None, end_time_us=None, version_us=NOW + 1
        )
        scope = msgspec.structs.replace(threads.scope(), hidden_sources=HIDDEN)
        found = await thread_newest.find_newest(
            analytics, scope, threads.lifecycle, limit=2, now_us=NOW
        )
        assert [f.thread_id for f in found] == ["t0", "t1"]


@pytest.mark.parametrize("stray", [None, "id of another time", "no time in the id"])
async def test_sums_by_the_time_in_an_id_are_those_by_start(
    library: Library, stray: str | None
) -> None:
    if stray is not None:
        made = new_id(NOW - 2 * DAY) if stray.startswith("id") else b"\xee" * 16
        trace = await library.trace(DAY + HOUR, id=made)
        await library.span(trace, 5 * DAY, cost="2", usage={"total_tokens": 7}, model="m")
    scope = library.scope(from_us=NOW - 2 * DAY - HOUR, to_us=NOW)
    buckets = Buckets(NOW - 3 * DAY, DAY)
    found = await span_sums(
        library.analytics, scope, buckets, ("total_estimated_cost", "usage.total_tokens")
    )
    assert found is not None
    more = 0 if stray is None else 1
    # Yesterday's trace began in the third bucket, the stray in the second.
    assert {bucket: [float(v or 0) for v in values] for (bucket, _), values in found.items()} == {
        1: [0.5 + 2 * more, 20 + 7 * more],
        2: [0.5, 10],
    }
    by_model = await span_sums(library.analytics, scope, None, ("usage.total_tokens",), "model")
    assert by_model == {(0, ""): [30]} | ({} if stray is None else {(0, "m"): [7]})


async def test_where_ids_do_not_tell_the_time_they_are_not_asked(library: Library) -> None:
    rows = b"".join(
        row_binary.encode_trace(
            TraceWrite(
                id=n.to_bytes(16, "big"),
                project_id=library.project_id,
                version_us=NOW,
                start_time_us=NOW - n,
            ),
            library.workspace_id,
            "ann",
            NOW,
        )
        for n in range(1, 1102)
    )
    await library.write("trace", rows, [(1).to_bytes(16, "big")])
    scope = library.scope(from_us=NOW - HOUR)
    assert await span_sums(library.analytics, scope, None, ("total_estimated_cost",)) is None
    await library.span((5).to_bytes(16, "big"), 0, cost="3")
    found = await slice_figures.figures(library.analytics, "trace", scope, LIFECYCLE)
    assert (found.count, found.cost) == (1101, 3)
