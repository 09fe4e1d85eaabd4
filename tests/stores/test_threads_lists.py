"""Lists of threads: order, paging, filters, search, time range, statistics."""

import asyncio
from typing import Any

import msgspec
import pytest

from sightline.core.errors import InvalidRequestError
from sightline.core.ids import format_id, new_id
from sightline.domain.filter import And, Condition, Not, Or, Sort
from sightline.services.query import threads
from sightline.stores.analytics import thread_stats
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.thread_columns import SORTABLE
from sightline.stores.analytics.threads import encode_update
from tests.stores.threads_world import NOW, SECOND, World, where, world

TURNS = {"a": 1, "b": 2, "c": 3}
STARTS = {"a": 300, "b": 200, "c": 100}
USERS = {"a": "ann", "b": "bob", "c": "cid"}
TOKENS = {"a": 30, "b": 10}
TAGS = {"b": ["x"], "c": ["x", "y"]}
ENVIRONMENTS = {"b": "dev", "c": "prod"}


async def three(w: World) -> None:
    """Write c, b, a, which differ in all that one can sort or filter by; then close c.

    | | turns | starts | ends | tokens | quality | tags | environment |
    |---|---|---|---|---|---|---|---|
    | a | 1 | 300 | 301 | 30 | 0.9 | | |
    | b | 2 | 200 | 240 | 10 | 0.5 | x | dev |
    | c | 3 | 100 | 181 | | | x, y | prod |
    """
    for name in "cba":
        w.who = msgspec.structs.replace(w.who, user=USERS[name])
        turns = TURNS[name]
        for n in range(turns):
            at = STARTS[name] + n * 40
            trace_id = await w.turn(
                name,
                at=at,
                end_time_us=NOW + (at + turns - 2 * (turns > 1)) * SECOND,
                input=f'{{"q":"Hello from {name}{n}"}}',
                output=f'{{"a":"Bye from {name}{n} Zürich"}}',
                environment=ENVIRONMENTS.get(name),
            )
        if name in TOKENS:
            await w.call(trace_id, TOKENS[name])
            await w.score(name, "quality", {"a": "0.9", "b": "0.5"}[name])
        if name in TAGS:
            await w.ingest.commit(*tag_row(w, name, TAGS[name]))
        w.clock.advance(1)
    w.who = msgspec.structs.replace(w.who, user="cid")
    await w.marks.close(w.who, w.project_id, ["c"])


@pytest.fixture(scope="module")
def three_threads(analytics: Analytics) -> World:
    """The world of `three`, to read."""

    async def build() -> World:
        async with world(analytics) as w:
            await three(w)
            return w

    return asyncio.run(build())


def tag_row(w: World, name: str, tags: list[str]) -> tuple[str, bytes, int]:
    row = encode_update(
        w.who.workspace_id,
        w.project_id,
        name,
        user=w.who.user,
        now_us=w.clock.now_us(),
        tags=tags,
    )
    return "threads", row, 1


# Upwards; what is missing comes last both ways.
ORDER = {
    "id": "abc",
    "start_time": "cba",
    "end_time": "cba",
    "duration": "abc",
    "number_of_messages": "abc",
    "last_updated_at": "bac",
    "created_at": "cba",
    "created_by": "abc",
    "last_updated_by": "abc",
    "total_estimated_cost": "bac",
    "usage.total_tokens": "bac",
    "feedback_scores.quality": "bac",
    "status": "abc",
    "tags": "abc",
    "environment": "abc",
}
DOWN = {
    "total_estimated_cost": "abc",
    "usage.total_tokens": "abc",
    "feedback_scores.quality": "abc",
    "status": "cab",
}


def test_every_sortable_field_is_tried() -> None:
    heads = {name.partition(".")[0] for name in ORDER}
    assert heads == {name.removesuffix(".*") for name in SORTABLE}


@pytest.mark.parametrize("field", ORDER)
async def test_lists_are_sorted_both_ways_with_what_is_missing_last(
    three_threads: World, field: str
) -> None:
    w = three_threads
    assert "".join(await w.ids(w.scope(), Sort(field, descending=False))) == ORDER[field]
    down = DOWN.get(field, ORDER[field][::-1])
    assert "".join(await w.ids(w.scope(), Sort(field))) == down


async def test_an_order_by_two_fields_settles_ties_by_the_second(three_threads: World) -> None:
    by = (Sort("status", descending=False), Sort("number_of_messages"))
    assert await three_threads.ids(three_threads.scope(), *by) == ["b", "a", "c"]


@pytest.mark.parametrize("field", ["first_message", "usage", "1; DROP TABLE traces"])
async def test_an_order_by_something_else_is_refused(three_threads: World, field: str) -> None:
    with pytest.raises(InvalidRequestError):
        await three_threads.page(three_threads.scope(), Sort(field))


async def test_the_last_updated_thread_comes_first_and_pages_follow_one_another(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        for i in range(5):
            await w.turn(f"t{i}")
            w.clock.advance(1)
        await w.turn("t1")
        pages = [await w.page(w.scope(), page=n, size=2) for n in (1, 2, 3, 4)]
    assert [[v.thread.id for v in views] for views, _ in pages] == [
        ["t1", "t4"],
        ["t3", "t2"],
        ["t0"],
        [],
    ]
    assert [total for _, total in pages] == [5, 5, 5, 5]


FILTERS: list[tuple[Condition, str]] = [
    (where("id", "=", "a"), "a"),
    (where("id", "=", "A"), ""),
    (where("id", "!=", "a"), "bc"),
    (where("id", "in", "a,c,nobody"), "ac"),
    (where("id", "in", ""), ""),
    (where("id", "contains", "b"), "b"),
    (where("first_message", "contains", "HELLO from b0"), "b"),
    (where("first_message", "contains", "b1"), ""),
    (where("first_message", "not_contains", "b0"), "ac"),
    (where("first_message", "starts_with", '{"q":"Hello from c'), "c"),
    (where("last_message", "contains", "from c2 zürich"), "c"),
    (where("last_message", "contains", "c1"), ""),
    (where("last_message", "ends_with", 'b1 Zürich"}'), "b"),
    (where("last_message", "is_not_empty"), "abc"),
    (where("number_of_messages", ">=", "4"), "bc"),
    (where("number_of_messages", "=", "2"), "a"),
    (where("duration", "<=", "1000"), "a"),
    (where("duration", ">=", "40000"), "bc"),
    (where("start_time", "<", "2026-09-21T14:16:41Z"), "bc"),
    (where("end_time", ">=", "2026-09-21T14:18:20Z"), "a"),
    (where("created_at", "<=", str(NOW)), "c"),
    (where("last_updated_at", ">=", str(NOW + 2 * SECOND)), "ac"),
    (where("created_by", "=", "BOB"), "b"),
    (where("feedback_scores", ">", "0.6", key="Quality"), "a"),
    (where("feedback_scores.quality", "=", "0.5"), "b"),
    (where("feedback_scores", "is_empty", key="quality"), "c"),
    (where("feedback_scores", "is_not_empty", key="quality"), "ab"),
    (where("feedback_scores", "!=", "0.5", key="quality"), "a"),
    (where("usage.total_tokens", "<", "20"), "b"),
    (where("total_estimated_cost", "=", "0.3"), "a"),
    (where("tags", "=", "X"), "bc"),
    (where("tags", "contains", "y"), "c"),
    (where("tags", "not_contains", "y"), "ab"),
    (where("tags", "is_empty"), "a"),
    (where("environment", "=", "dev"), "b"),
    (where("environment", "in", "dev,prod"), "bc"),
    (where("environment", "is_empty"), "a"),
    (where("annotation_queue_ids", "contains", "q"), ""),
    (where("annotation_queue_ids", "is_empty"), "abc"),
    (where("status", "=", "active"), "ab"),
]


async def test_each_filter_finds_what_it_says(three_threads: World) -> None:
    found = {str(c): "".join(sorted(await three_threads.matching(c))) for c, _ in FILTERS}
    assert found == {str(c): expected for c, expected in FILTERS}


async def test_conditions_join_by_and_or_and_not(three_threads: World) -> None:
    w = three_threads
    a, b = where("first_message", "contains", "a0"), where("tags", "=", "x")
    assert await w.matching(a, b) == set()
    assert await w.matching(filter=Or((a, b))) == {"a", "b", "c"}
    assert await w.matching(filter=Not(Or((a, where("id", "=", "c"))))) == {"b"}
    assert await w.matching(filter=And((Not(a), Not(where("tags", "=", "y"))))) == {"b"}
    assert await w.matching(filter=Or(())) == set()


@pytest.mark.parametrize(
    "condition",
    [
        where("nope", "=", "1"),
        where("tags", ">", "1"),
        where("duration", ">", "long"),
        where("feedback_scores", "=", "1"),
        where("metadata", "contains", "x", key="k"),
    ],
)
async def test_a_filter_that_cannot_be_is_refused(
    three_threads: World, condition: Condition
) -> None:
    with pytest.raises(InvalidRequestError, match=r"filters\[0\]"):
        await three_threads.ids(three_threads.scope(condition))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello FROM c1", "c"),
        ("bye from a0 zürich", "a"),
        ("  zürich ", "abc"),
        ("y", "abc"),
        ("nowhere", ""),
        ("%", ""),
        ("from b1' OR 1=1", ""),
    ],
)
async def test_search_looks_at_the_whole_conversation(
    three_threads: World, text: str, expected: str
) -> None:
    assert await three_threads.matching(search=text) == set(expected)


async def test_search_finds_tags_and_ids(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("Session-77", input="1", output="2")
        await w.turn("plain", input="1", output="2")
        await w.ingest.commit(*tag_row(w, "plain", ["Billing"]))
        assert await w.matching(search="session-7") == {"Session-77"}
        assert await w.matching(search="bill") == {"plain"}


async def test_a_time_range_picks_threads_with_a_turn_in_it_and_shows_them_whole(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        for at in (0, 100, 200):
            await w.turn("long", at)
        await w.turn("early", 0)
        times = {"from_us": NOW + 100 * SECOND, "to_us": NOW + 101 * SECOND}
        views, total = await w.page(w.scope(**times))
        assert total == 1
        (thread,) = [v.thread for v in views]
        assert (thread.id, thread.number_of_messages) == ("long", 6)
        assert thread.first_message == '"asked at 0"'
        # The end of a range is not in it.
        ends = {"from_us": NOW + 99 * SECOND, "to_us": NOW + 100 * SECOND}
        assert await w.matching(**ends) == set()


async def test_a_list_may_show_what_came_from_some_sources_alone(analytics: Analytics) -> None:
    async with world(analytics) as w:
        trace_id = await w.turn("app", source="sdk")
        await w.turn("trial", source="experiment")
        await w.call(trace_id, 3)
        assert await w.matching(sources=("sdk",)) == {"app"}
        cheap = where("usage.total_tokens", "=", "3")
        assert await w.matching(cheap, where("id", "=", "app"), sources=("sdk",)) == {"app"}


async def stream(w: World, *conditions: Condition, after: str | None, limit: int) -> list[Any]:
    found = await threads.search(
        w.analytics, w.scope(*conditions), w.reading(), after=after, limit=limit
    )
    return [view.thread async for views in found for view in views]


@pytest.mark.parametrize("cursor", ["thread_model_id", "id"])
async def test_a_search_goes_on_from_a_model_id_or_from_a_thread_id(
    analytics: Analytics, cursor: str
) -> None:
    async with world(analytics) as w:
        for i in range(5):
            # A thread's id may look like a model id.
            await w.turn(format_id(new_id()) if i % 2 else f"t{i}")
        every = await stream(w, after=None, limit=100)
        assert [t.thread_model_id for t in every] == sorted(
            (t.thread_model_id for t in every), reverse=True
        )
        paged: list[Any] = []
        while len(paged) < 5:
            last = getattr(paged[-1], cursor) if paged else None
            text = format_id(last) if isinstance(last, bytes) else last
            some = await stream(w, after=text, limit=2)
            assert some
            paged += some
        assert [t.id for t in paged] == [t.id for t in every]
        last = getattr(paged[-1], cursor)
        text = format_id(last) if isinstance(last, bytes) else last
        assert await stream(w, after=text, limit=2) == []


async def test_a_search_takes_filters_and_refuses_a_cursor_that_names_nothing(
    three_threads: World,
) -> None:
    found = await stream(three_threads, where("tags", "=", "x"), after=None, limit=10)
    assert [t.id for t in found] == ["b", "c"]
    with pytest.raises(InvalidRequestError):
        await stream(three_threads, after="nobody", limit=10)


async def test_statistics_are_of_the_threads_that_the_list_has(three_threads: World) -> None:
    w = three_threads
    every, some, none = [
        await thread_stats.stats(w.analytics, w.scope(*conditions), w.lifecycle)
        for conditions in ((), (where("tags", "=", "x"),), (where("id", "=", "nobody"),))
    ]
    assert (every.thread_count, some.thread_count, none.thread_count) == (3, 2, 0)
    assert every.durations_ms is not None
    assert every.durations_ms[0] == 40_000.0
    assert every.average_messages == 4.0
    assert (float(every.total_cost_usd or 0), float(every.average_cost_usd or 0)) == (0.4, 0.2)
    assert every.average_usage == {"total_tokens": 20.0}
    assert every.average_scores == {"quality": pytest.approx(0.7)}
    assert some.average_scores == {"quality": pytest.approx(0.5)}
    assert (none.durations_ms, none.average_cost_usd, none.total_cost_usd) == (None, None, None)
    assert (none.average_messages, none.average_usage, none.average_scores) == (0.0, {}, {})
