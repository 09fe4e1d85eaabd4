"""Every metric, on a handful of traces whose numbers one can add up by hand."""

import pytest

from sightline.domain.writes import SpanWrite
from sightline.services.query.metrics import METRICS
from sightline.stores.analytics.engine import Analytics
from tests.stores.figures_world import HOUR, MONDAY, Lines, World, world

NOTHING: list[float | None] = [None, None, None]


async def fill(world: World) -> None:
    """Two traces in the first hour, none in the second, one in the third."""
    a = await world.trace(
        0, 100, thread_id="t1", scores={"good": 1, "bad": 0}, failed=["PII", "TOPIC"]
    )
    b = await world.trace(
        30 * 60_000_000, 300, thread_id="t1", scores={"good": 0.5}, error_info='{"x":1}'
    )
    c = await world.trace(2 * HOUR, None, thread_id="t2", failed=["PII"])
    await world.span(a, 0, 10, cost="0.25", usage={"in": 4, "out": 1}, type="llm")
    await world.span(a, 0, 30, cost="0.5", usage={"in": 6}, scores={"exact": 1})
    await world.span(b, HOUR, 20, usage={"in": 1}, error_info="{}")
    await world.span(c, 2 * HOUR, None, cost="2")
    await world.score("thread", "t1", "kind", 4, author="ann")
    await world.score("thread", "t1", "kind", 2, author="bob")


EXPECTED: dict[str, Lines] = {
    "TRACE_COUNT": {"traces": [2, None, 1]},
    "DURATION": {
        "duration.p50": [200, None, None],
        "duration.p90": [280, None, None],
        "duration.p99": [298, None, None],
    },
    "TRACE_AVERAGE_DURATION": {"trace_average_duration": [200, None, None]},
    "TRACE_ERROR_RATE": {"trace_error_rate": [50, None, 0]},
    "COST": {"cost": [0.75, None, 2]},
    "TOKEN_USAGE": {"in": [11, None, None], "out": [1, None, None]},
    "FEEDBACK_SCORES": {"bad": [0, None, None], "good": [0.75, None, None]},
    "GUARDRAILS_FAILED_COUNT": {"failed": [2, None, 1]},
    "SPAN_COUNT": {"spans": [2, 1, 1]},
    "SPAN_DURATION": {
        "duration.p50": [20, 20, None],
        "duration.p90": [28, 20, None],
        "duration.p99": [29.8, 20, None],
    },
    "SPAN_AVERAGE_DURATION": {"span_average_duration": [20, 20, None]},
    "SPAN_ERROR_RATE": {"span_error_rate": [0, 100, 0]},
    "SPAN_COST": {"span_cost": [0.75, None, 2]},
    "SPAN_TOKEN_USAGE": {"in": [10, 1, None], "out": [1, None, None]},
    "SPAN_FEEDBACK_SCORES": {"exact": [1, None, None]},
    "THREAD_COUNT": {"threads": [1, None, 1]},
    # From the start of the first trace to the end of the last.
    "THREAD_DURATION": {
        "duration.p50": [1_800_300, None, None],
        "duration.p90": [1_800_300, None, None],
        "duration.p99": [1_800_300, None, None],
    },
    "THREAD_AVERAGE_DURATION": {"thread_average_duration": [1_800_300, None, None]},
    "THREAD_COST": {"thread_cost": [0.75, None, 2]},
    "THREAD_FEEDBACK_SCORES": {"kind": [3, None, None]},
}


def test_every_metric_has_an_expectation() -> None:
    assert set(EXPECTED) == set(METRICS)


async def test_every_metric_adds_up(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await fill(w)
        for metric, expected in EXPECTED.items():
            found = await w.lines(metric)
            assert found.keys() == expected.keys(), metric
            for name, values in expected.items():
                assert found[name] == pytest.approx(values), (metric, name)


async def test_project_without_data_has_the_fixed_series_and_no_named_ones(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        for metric, expected in EXPECTED.items():
            fixed = {} if METRICS[metric].series == "" else dict.fromkeys(expected, NOTHING)
            assert await w.lines(metric) == fixed, metric


async def test_zero_is_a_value_and_not_a_hole(analytics: Analytics) -> None:
    async with world(analytics) as w:
        trace = await w.trace(0, 0, scores={"q": 0})
        await w.span(trace, 0, 0, cost="0", usage={"in": 0})
        assert await w.lines("COST") == {"cost": [0, None, None]}
        assert await w.lines("TOKEN_USAGE") == {"in": [0, None, None]}
        assert await w.lines("FEEDBACK_SCORES") == {"q": [0, None, None]}
        assert await w.lines("TRACE_AVERAGE_DURATION") == {
            "trace_average_duration": [0, None, None]
        }


async def test_score_of_several_authors_counts_once(analytics: Analytics) -> None:
    async with world(analytics) as w:
        a = await w.trace(0)
        await w.trace(0, scores={"q": 1})
        for author, value in (("ann", 0.0), ("bob", 1.0)):
            await w.score("trace", a.hex(), "q", value, author=author)
        assert await w.lines("FEEDBACK_SCORES") == {"q": [0.75, None, None]}


async def test_patched_span_counts_once_with_its_newest_usage(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        trace = await w.trace(0)
        span = await w.span(trace, 0, usage={"in": 1})
        patch = SpanWrite(
            id=span, trace_id=trace, project_id=w.project, version_us=MONDAY + 1, usage={"in": 5}
        )
        await w.ingest.write_spans(w.who, [patch])
        assert await w.lines("TOKEN_USAGE") == {"in": [5, None, None]}
        assert await w.lines("SPAN_COUNT") == {"spans": [1, None, None]}
