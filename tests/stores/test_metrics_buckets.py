"""Time: where a bucket begins and ends, and what a period holds."""

from datetime import datetime

import pytest

from sightline.core.errors import InvalidRequestError
from sightline.services.query.metrics import MAX_BUCKETS, Timeline
from sightline.stores.analytics.engine import Analytics
from sightline.wire.opik.metrics import period_us
from tests.stores.figures_world import DAY, HOUR, MONDAY, utc, world


def starts(timeline: Timeline) -> list[int]:
    return [at for at, _ in timeline.fill("", {}).points]


async def test_bucket_holds_its_first_microsecond_and_not_the_next_ones(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        for at in (-1, 0, HOUR - 1, HOUR, 2 * HOUR, 3 * HOUR - 1, 3 * HOUR):
            await w.trace(at)
        assert await w.lines("TRACE_COUNT") == {"traces": [2, 1, 2]}
        assert await w.lines("TRACE_COUNT", "TOTAL") == {"traces": [5]}


async def test_period_that_begins_within_a_bucket_counts_from_there(analytics: Analytics) -> None:
    async with world(analytics) as w:
        for at in (HOUR // 2 - 1, HOUR // 2, HOUR, HOUR + HOUR // 2):
            await w.trace(at)
        found = await w.lines("TRACE_COUNT", start=HOUR // 2, end=HOUR + HOUR // 2)
        assert found == {"traces": [1, 1]}


async def test_weeks_begin_on_monday(analytics: Analytics) -> None:
    async with world(analytics) as w:
        for at in (-1, 0, 7 * DAY - 1, 7 * DAY):
            await w.trace(at)
        found = await w.lines("TRACE_COUNT", "WEEKLY", start=-3 * DAY, end=8 * DAY)
        assert found == {"traces": [1, 2, 1]}


async def test_days_are_those_of_utc_whatever_offset_was_sent(analytics: Analytics) -> None:
    async with world(analytics) as w:
        for at in (-1, 0):
            await w.trace(at)
        start = datetime.fromisoformat("2026-03-02T01:00:00+02:00")
        end = datetime.fromisoformat("2026-03-02T04:00:00+02:00")
        from_us, to_us = period_us(start, end, 0)
        found = await w.lines("TRACE_COUNT", "DAILY", start=from_us - MONDAY, end=to_us - MONDAY)
        assert found == {"traces": [1, 1]}


async def test_thread_counts_in_the_bucket_in_which_it_began(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.trace(-1, thread_id="before")
        for at in (0, HOUR, 2 * HOUR):
            await w.trace(at, thread_id="before")
            await w.trace(at, thread_id="within")
        assert await w.lines("THREAD_COUNT") == {"threads": [1, None, None]}


def test_buckets_are_aligned_and_reach_to_the_end() -> None:
    assert starts(Timeline.of("HOURLY", MONDAY + 1, MONDAY + HOUR)) == [MONDAY]
    assert starts(Timeline.of("HOURLY", MONDAY, MONDAY + HOUR + 1)) == [MONDAY, MONDAY + HOUR]
    assert starts(Timeline.of("DAILY", MONDAY - 1, MONDAY + 1)) == [MONDAY - DAY, MONDAY]
    assert starts(Timeline.of("WEEKLY", MONDAY - 1, MONDAY + 1)) == [MONDAY - 7 * DAY, MONDAY]
    assert starts(Timeline.of("TOTAL", MONDAY + 5, MONDAY + 7)) == [MONDAY + 5]


def test_weeks_before_the_epoch_begin_on_monday_too() -> None:
    first = Timeline.of("WEEKLY", utc("1969-12-31T00:00:00Z"), utc("1970-01-06T00:00:00Z"))
    assert starts(first) == [utc("1969-12-29T00:00:00Z"), utc("1970-01-05T00:00:00Z")]


def test_too_many_buckets_are_refused_before_anything_is_read() -> None:
    assert Timeline.of("HOURLY", 0, MAX_BUCKETS * HOUR).count == MAX_BUCKETS
    with pytest.raises(InvalidRequestError, match="more than"):
        Timeline.of("HOURLY", 0, MAX_BUCKETS * HOUR + 1)


def test_period_must_begin_before_it_ends() -> None:
    at = datetime.fromisoformat("2026-03-02T00:00:00Z")
    assert period_us(at, None, MONDAY + 1) == (MONDAY, MONDAY + 1)
    with pytest.raises(InvalidRequestError):
        period_us(at, at, 0)
    with pytest.raises(InvalidRequestError):
        period_us(at, None, MONDAY)
