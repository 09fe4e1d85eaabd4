"""Periods are cut into round buckets: few enough, aligned, whole."""

import pytest

from sightline.services.query.time_scale import MAX_BUCKETS, TimeScale

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
# Thursday 2026-10-01, midnight UTC.
START = 1_790_812_800 * SECOND


@pytest.mark.parametrize(
    ("length_us", "most", "step_s"),
    [
        (1, 60, 1),
        (60 * SECOND, 60, 1),
        (15 * 60 * SECOND, 60, 30),
        (HOUR, 60, 60),
        (DAY, 60, 1800),
        (DAY, 24, 3600),
        (7 * DAY, 60, 3 * 3600),
        (14 * DAY, 60, 6 * 3600),
        (30 * DAY, 60, 12 * 3600),
        (60 * DAY, 60, 86_400),
        (365 * DAY, 60, 7 * 86_400),
        (1000 * DAY, 60, 28 * 86_400),
    ],
)
def test_a_period_has_a_round_step(length_us: int, most: int, step_s: int) -> None:
    scale = TimeScale.of(START, START + length_us, most)
    assert scale.step_s == step_s
    assert scale.count <= most


@pytest.mark.parametrize("most", [2, 7, 60, MAX_BUCKETS])
@pytest.mark.parametrize("from_us", [START, START + 1, START - 1, 12_345_678, -5 * DAY])
@pytest.mark.parametrize("length_us", [1, 59 * SECOND, HOUR + 1, 400 * DAY, 60_000 * DAY])
def test_buckets_cover_the_period_and_are_not_too_many(
    most: int, from_us: int, length_us: int
) -> None:
    scale = TimeScale.of(from_us, from_us + length_us, most)
    starts = scale.starts()
    assert 1 <= len(starts) == scale.count <= most
    assert starts[0] <= from_us < starts[0] + scale.buckets.step_us
    last = starts[-1]
    assert last < scale.to_us <= last + scale.buckets.step_us
    if scale.step_s < 7 * 86_400:
        assert all(start % (scale.step_s * SECOND) == 0 for start in starts)


def test_weeks_begin_on_monday() -> None:
    scale = TimeScale.of(START, START + 300 * DAY, 60)
    # 2026-09-28 was a Monday.
    assert scale.starts()[0] == START - 3 * DAY
    assert scale.step_s == 7 * 86_400


def test_a_period_that_ends_before_it_begins_has_one_bucket() -> None:
    assert TimeScale.of(START, START - DAY, 60).count == 1
