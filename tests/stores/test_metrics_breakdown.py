"""Charts split by a field: names of groups, the ten largest and the rest, what cannot be split."""

import pytest

from sightline.core.errors import InvalidRequestError, UnprocessableError
from sightline.services.query.metrics import METRICS, Breakdown
from sightline.stores.analytics.engine import Analytics
from tests.stores.figures_world import HOUR, world


def by(field: str, sub_metric: str = "", key: str = "") -> Breakdown:
    return Breakdown(field=field, sub_metric=sub_metric, metadata_key=key)


async def test_trace_counts_in_each_of_its_tags_once(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.trace(0, tags=["a", "it's", "a"])
        await w.trace(HOUR, tags=["a"])
        await w.trace(2 * HOUR)
        assert await w.lines("TRACE_COUNT", by=by("tags")) == {
            "a": [1, 1, None],
            "Unknown": [None, None, 1],
            "it's": [1, None, None],
        }


async def test_ten_largest_groups_keep_their_names_and_the_rest_is_one(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        for n in range(12):
            for _ in range(12 - n):
                await w.trace(0, name=f"n{n:02}")
        await w.trace(HOUR, name="n11")
        found = await w.lines("TRACE_COUNT", by=by("name"))
        assert list(found) == [*(f"n{n:02}" for n in range(10)), "__others__"]
        assert found["n00"] == [12, None, None]
        assert found["__others__"] == [3, 1, None]


async def test_trace_with_two_lesser_tags_counts_once_among_the_others(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        for n in range(10):
            for _ in range(2):
                await w.trace(0, tags=[f"big{n}"])
        await w.trace(0, tags=["small1", "small2", "big0"])
        found = await w.lines("TRACE_COUNT", by=by("tags"))
        assert len(found) == 11
        assert found["big0"] == [3, None, None]
        assert found["__others__"] == [1, None, None]


async def test_others_of_an_average_are_averaged_over_their_rows(analytics: Analytics) -> None:
    async with world(analytics) as w:
        for n in range(10):
            await w.trace(0, 1000, name=f"slow{n}")
        await w.trace(0, 10, name="fast1")
        await w.trace(0, 30, name="fast2")
        await w.trace(0, None, name="open")
        found = await w.lines("TRACE_AVERAGE_DURATION", by=by("name"))
        assert found.keys() == {*(f"slow{n}" for n in range(10)), "__others__"}
        assert found["__others__"] == [20, None, None]


async def test_group_without_a_value_has_no_line(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.trace(0, 7, name="done")
        await w.trace(0, None, name="open")
        found = await w.lines("DURATION", by=by("name", "p90"))
        assert found == {"done": [7, None, None]}


async def test_metadata_is_split_by_a_path(analytics: Analytics) -> None:
    async with world(analytics) as w:
        for value in ('{"a":{"b":"x"}}', '{"a":{"b":7}}', '{"a":{"b":null}}', '{"a.b":"flat"}'):
            await w.trace(0, metadata=value)
        await w.trace(0)
        found = await w.lines("TRACE_COUNT", by=by("metadata", key="a.b"))
        assert found == {
            "Unknown": [2, None, None],
            "7": [1, None, None],
            "flat": [1, None, None],
            "x": [1, None, None],
        }


async def test_quotes_braces_and_other_alphabets_in_names_are_only_text(
    analytics: Analytics,
) -> None:
    names = ["it's", '"quoted"', "back\\slash", "{p0:String}", "%s", "日本\n語", "'); DROP TABLE x"]
    async with world(analytics) as w:
        for name in names:
            trace = await w.trace(
                0, name=name, scores={name: 1}, metadata='{"k\'\\"":"v"}', tags=[name]
            )
            await w.span(trace, 0, model=name, usage={name: 3})
        one = [1.0, None, None]
        assert await w.lines("TRACE_COUNT", by=by("name")) == dict.fromkeys(sorted(names), one)
        assert await w.lines("TRACE_COUNT", by=by("tags")) == dict.fromkeys(sorted(names), one)
        assert await w.lines("FEEDBACK_SCORES") == dict.fromkeys(sorted(names), one)
        for name in names:
            scores = await w.lines("FEEDBACK_SCORES", by=by("name", name))
            assert scores == {name: one}
            usage = await w.lines("SPAN_TOKEN_USAGE", by=by("model", name))
            assert usage == {name: [3, None, None]}
        found = await w.lines("TRACE_COUNT", by=by("metadata", key="['k\\'\"']"))
        assert found == {"v": [len(names), None, None]}


async def test_errors_split_into_having_one_and_into_kinds(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.trace(0)
        await w.trace(0, error_info='{"exception_type":"ValueError"}')
        await w.trace(0, error_info='{"message":"m"}')
        assert await w.lines("TRACE_COUNT", by=by("error_info")) == {
            "Has Error": [2, None, None],
            "No Error": [1, None, None],
        }
        assert await w.lines("TRACE_COUNT", by=by("error_type")) == {
            "No Error": [1, None, None],
            "Unknown Error": [1, None, None],
            "ValueError": [1, None, None],
        }


async def test_spans_split_by_model_provider_and_type(analytics: Analytics) -> None:
    async with world(analytics) as w:
        trace = await w.trace(0)
        await w.span(trace, 0, model="m1", provider="p", type="llm", cost="2", usage={"in": 5})
        await w.span(trace, 0, model="m2", provider="p", type="llm", cost="3", usage={"in": 6})
        await w.span(trace, 0)
        assert await w.lines("SPAN_COST", by=by("model")) == {
            "m2": [3, None, None],
            "m1": [2, None, None],
        }
        assert await w.lines("SPAN_TOKEN_USAGE", by=by("provider", "in")) == {"p": [11, None, None]}
        assert await w.lines("SPAN_COUNT", by=by("type")) == {
            "llm": [2, None, None],
            "general": [1, None, None],
        }


async def test_failed_guardrails_split_by_their_name_and_by_the_traces(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        await w.trace(0, name="a", failed=["PII", "TOPIC"])
        await w.trace(HOUR, name="b", failed=["PII"])
        assert await w.lines("GUARDRAILS_FAILED_COUNT", by=by("guardrail_name")) == {
            "PII": [1, 1, None],
            "TOPIC": [1, None, None],
        }
        assert await w.lines("GUARDRAILS_FAILED_COUNT", by=by("name")) == {
            "a": [2, None, None],
            "b": [None, 1, None],
        }


async def test_threads_split_by_the_tags_of_the_thread(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.trace(0, thread_id="t", tags=["of the trace"])
        await w.score("thread", "t", "q", 2)
        assert await w.lines("THREAD_COUNT", by=by("tags")) == {"Unknown": [1, None, None]}
        scores = await w.lines("THREAD_FEEDBACK_SCORES", by=by("tags", "q"))
        assert scores == {"Unknown": [2, None, None]}


async def test_field_that_the_entity_does_not_have_is_refused(analytics: Analytics) -> None:
    wrong = [
        (metric, field)
        for metric, found in METRICS.items()
        for field in ("model", "provider", "type", "name", "guardrail_name", "nonsense")
        if (found.measure.entity, field) not in {("span", f) for f in ("model", "provider", "type")}
        and not (found.measure.entity != "thread" and field == "name")
        and not (metric == "GUARDRAILS_FAILED_COUNT" and field == "guardrail_name")
    ]
    async with world(analytics) as w:
        for metric, field in wrong:
            with pytest.raises(InvalidRequestError, match="not compatible"):
                await w.lines(metric, by=by(field, "p50"))


async def test_breakdown_that_does_not_say_enough_is_refused(analytics: Analytics) -> None:
    async with world(analytics) as w:
        for metric in ("DURATION", "TOKEN_USAGE", "FEEDBACK_SCORES", "THREAD_FEEDBACK_SCORES"):
            with pytest.raises(UnprocessableError, match="sub_metric is required"):
                await w.lines(metric, by=by("tags"))
        with pytest.raises(UnprocessableError, match="one of p50, p90, p99"):
            await w.lines("DURATION", by=by("tags", "p75"))
        with pytest.raises(UnprocessableError, match="metadata_key"):
            await w.lines("TRACE_COUNT", by=by("metadata"))


async def test_none_is_no_breakdown(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.trace(0, 5)
        assert await w.lines("TRACE_COUNT", by=by("none")) == {"traces": [1, None, None]}
