"""What a thread is made of: its messages, times and sums."""

import asyncio
import random
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sightline.core.errors import NotFoundError
from sightline.core.ids import NIL, Id, new_id
from sightline.domain.thread import Thread
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.rows import TRUNCATED_LENGTH
from tests.stores.threads_world import MINUTE, NOW, SECOND, World, world


async def test_a_thread_is_its_first_input_its_last_output_and_the_sums_between(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        first = await w.turn("t", 0, environment="dev")
        await w.turn("t", 10)
        last = await w.turn("t", 20, environment="prod")
        await w.turn("other", 5)
        await w.call(first, 7)
        await w.call(last, 5, usage={"total_tokens": 5, "cached": 2})
        thread = (await w.one("t")).thread
    assert thread.first_message == '"asked at 0"'
    assert thread.last_message == '"answered at 20"'
    assert (thread.first_trace_id, thread.last_trace_id) == (first, last)
    assert thread.number_of_messages == 6
    assert (thread.start_time_us, thread.end_time_us) == (NOW, NOW + 21 * SECOND)
    assert thread.duration == 21_000.0
    assert thread.usage == {"cached": 2, "total_tokens": 12}
    assert thread.total_estimated_cost == Decimal("0.12")
    assert thread.environment == "prod"
    assert (thread.created_by, thread.last_updated_by) == ("ann", "ann")
    assert thread.project_id == w.project_id


async def test_a_turn_that_started_earlier_is_the_first_however_late_it_arrives(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        await w.turn("t", 10)
        await w.turn("t", 0)
        thread = (await w.one("t")).thread
    assert thread.first_message == '"asked at 0"'
    assert thread.last_message == '"answered at 10"'


async def test_turns_that_started_together_go_by_their_ids(analytics: Analytics) -> None:
    low, high = sorted((new_id(), new_id()))
    async with world(analytics) as w:
        await w.turn("t", 0, id=high, input='"high in"', output='"high out"')
        await w.turn("t", 0, id=low, input='"low in"', output='"low out"')
        thread = (await w.one("t")).thread
    assert (thread.first_message, thread.last_message) == ('"low in"', '"high out"')


async def test_a_thread_that_has_not_ended_has_no_end_and_no_duration(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        await w.turn("t", 0, end_time_us=None, output=None)
        thread = (await w.one("t")).thread
    assert (thread.end_time_us, thread.duration, thread.last_message) == (None, None, "")


async def test_a_cost_that_nobody_knows_is_not_zero(analytics: Analytics) -> None:
    async with world(analytics) as w:
        trace_id = await w.turn("t", 0)
        await w.turn("spanless", 0)
        await w.call(trace_id, 7, model="unknown")
        assert (await w.one("t")).thread.total_estimated_cost is None
        assert (await w.one("spanless")).thread.total_estimated_cost is None
        assert (await w.one("spanless")).thread.usage == {}


async def test_a_span_counts_though_it_stands_in_another_project(analytics: Analytics) -> None:
    async with world(analytics) as w:
        trace_id = await w.turn("t", 0)
        await w.call(trace_id, 7, project_name="elsewhere")
        assert (await w.one("t")).thread.usage == {"total_tokens": 7}


async def test_scores_are_averaged_over_authors_and_comments_come_with_the_thread(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        await w.turn("t", 0)
        await w.score("t", "helpful", "1", author="ann")
        await w.score("t", "helpful", "0.5", author="bob")
        await w.score("t", "calm", "0.25")
        view = await w.one("t")
        await w.annotations.add_comment(w.who, "thread", view.thread.thread_model_id, "nice")
        view = await w.one("t")
    assert {s.name: s.value for s in view.scores} == {
        "helpful": Decimal("0.75"),
        "calm": Decimal("0.25"),
    }
    (helpful,) = [s for s in view.scores if s.name == "helpful"]
    assert {a.author: a.value for a in helpful.by_author} == {
        "ann": Decimal(1),
        "bob": Decimal("0.5"),
    }
    assert [c.text for c in view.comments] == ["nice"]


async def test_long_messages_are_cut_only_when_asked(analytics: Analytics) -> None:
    long = '"' + "é" * 20_000 + '"'
    async with world(analytics) as w:
        await w.turn("t", 0, input=long, output='"short"')
        whole = (await w.one("t")).thread
        cut = (await w.one("t", truncate=True)).thread
    assert (whole.first_message, whole.is_first_message_truncated) == (long, False)
    assert cut.first_message == long[:TRUNCATED_LENGTH]
    assert cut.is_first_message_truncated
    assert (cut.last_message, cut.is_last_message_truncated) == ('"short"', False)


async def test_threads_of_one_id_in_two_projects_are_two(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t", 0)
        await w.turn("t", 50, project_name="second")
        assert (await w.one("t")).thread.number_of_messages == 2
        views, total = await w.page(w.scope(project_ids=None))
        assert total == 2
        assert len({v.thread.project_id for v in views}) == 2
        assert len({v.thread.thread_model_id for v in views}) == 2
        assert {v.thread.first_message for v in views} == {'"asked at 0"', '"asked at 50"'}


async def test_no_workspace_sees_the_threads_of_another(analytics: Analytics) -> None:
    async with world(analytics) as mine, world(analytics) as theirs:
        await mine.turn("t", 0)
        theirs.project_id = mine.project_id
        assert await theirs.ids(theirs.scope()) == []
        with pytest.raises(NotFoundError):
            await theirs.one("t")


async def test_a_trace_without_a_thread_id_makes_no_thread(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.turn("t", 0)
        await w.turn(None, 0)
        assert await w.ids(w.scope()) == ["t"]


async def test_a_trace_that_moves_to_another_thread_leaves_the_first(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        await w.turn("old", 0)
        trace_id = await w.turn("old", 1)
        await w.turn("new", 1, id=trace_id, version_us=NOW + 1)
        assert (await w.one("old")).thread.number_of_messages == 2
        assert (await w.one("new")).thread.first_message == '"asked at 1"'


@pytest.mark.parametrize("thread_id", ["a'b\\c", "日本 語\n", "{x}%_", "-- ;DROP", '"q"', "'" * 9])
async def test_any_text_may_name_a_thread(analytics: Analytics, thread_id: str) -> None:
    async with world(analytics) as w:
        await w.turn(thread_id, 0)
        await w.turn("other", 0)
        assert (await w.one(thread_id)).thread.id == thread_id


turns = st.lists(
    st.tuples(
        st.integers(0, 3),  # which thread
        st.integers(0, 4),  # start, so that some are equal
        st.one_of(st.none(), st.integers(0, 9)),  # length
        st.sampled_from(["", "dev", "prod"]),
        st.integers(0, 3),  # tokens
    ),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=turns, seed=st.integers(0, 2**32))
def test_any_order_of_arrival_gives_the_same_threads(
    analytics: Analytics, said: list[tuple[int, int, int | None, str, int]], seed: int
) -> None:
    messages: list[TraceWrite | SpanWrite] = []
    for i, (thread, start, length, environment, tokens) in enumerate(said):
        trace_id = new_id()
        base: dict[str, Any] = {"id": trace_id, "project_name": "p", "version_us": NOW + i}
        at = NOW + start * SECOND
        # A start message that names the thread, and an end message that does not.
        messages.append(
            TraceWrite(
                **base,
                start_time_us=at,
                thread_id=f"t{thread}",
                input=f"{i}",
                environment=environment or None,
            )
        )
        if length is not None:
            end = {"version_us": NOW + 1000 + i, "end_time_us": at + length * SECOND}
            messages.append(TraceWrite(**(base | end), output=f"{i}"))
        if tokens:
            messages.append(
                SpanWrite(
                    id=new_id(),
                    trace_id=trace_id,
                    version_us=NOW,
                    project_name="p",
                    model="m",
                    usage={"total_tokens": tokens},
                )
            )

    async def read(order: list[TraceWrite | SpanWrite]) -> list[Thread]:
        async with world(analytics) as w:
            w.clock.advance(seconds=MINUTE / SECOND)
            await store(w, order)
            views, _ = await w.page(w.scope())
            return sorted((bare(v.thread) for v in views), key=lambda t: t.id)

    async def store(w: World, order: list[TraceWrite | SpanWrite]) -> None:
        rng = random.Random(seed)
        left = list(order)
        while left:
            n = rng.randint(1, len(left))
            some, left = left[:n], left[n:]
            copies = [msgspec.structs.replace(m) for m in some]
            await w.ingest.write_spans(w.who, [m for m in copies if isinstance(m, SpanWrite)])
            await w.ingest.write_traces(w.who, [m for m in copies if isinstance(m, TraceWrite)])
            w.project_id = copies[0].project_id or w.project_id

    shuffled = list(messages)
    random.Random(seed).shuffle(shuffled)
    in_order, out_of_order = asyncio.run(read(messages)), asyncio.run(read(shuffled))
    assert in_order == out_of_order
    assert [t.number_of_messages for t in in_order] == [
        2 * sum(s[0] == n for s in said) for n in sorted({s[0] for s in said})
    ]
    for thread, n in zip(in_order, sorted({s[0] for s in said}), strict=True):
        check_against_model(thread, [(i, s) for i, s in enumerate(said) if s[0] == n])


def check_against_model(
    thread: Thread, turns: list[tuple[int, tuple[int, int, int | None, str, int]]]
) -> None:
    ordered = sorted(turns, key=lambda t: (t[1][1], t[0]))
    assert thread.first_message == str(ordered[0][0])
    index, (_, _, length, _, _) = ordered[-1]
    assert thread.last_message == ("" if length is None else str(index))
    assert thread.start_time_us == NOW + ordered[0][1][1] * SECOND
    ends = [NOW + (s[1] + s[2]) * SECOND for _, s in turns if s[2] is not None]
    assert thread.end_time_us == max(ends, default=None)
    tokens = sum(s[4] for _, s in turns)
    assert thread.usage == ({"total_tokens": tokens} if tokens else {})
    assert thread.environment == next((s[3] for _, s in reversed(ordered) if s[3]), "")


def bare(thread: Thread, nothing: Id = NIL) -> Thread:
    """A thread without what differs between two worlds."""
    return msgspec.structs.replace(thread, project_id=nothing, thread_model_id=nothing)
