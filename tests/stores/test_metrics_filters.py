"""Which rows a chart is about: filters, projects, workspaces."""

import pytest

from sightline.core.errors import InvalidRequestError
from sightline.domain.filter import And, Condition, Filter, Operator
from sightline.services.query.metrics import METRICS, Breakdown
from sightline.stores.analytics.engine import Analytics
from tests.stores.figures_world import HOUR, world


def where(field: str, operator: Operator, value: str = "", key: str = "") -> Filter:
    return And((Condition(field=field, operator=operator, value=value, key=key),))


async def test_chart_of_traces_takes_any_filter_of_traces(analytics: Analytics) -> None:
    async with world(analytics) as w:
        a = await w.trace(
            0, 10, name="it's", tags=["x"], metadata='{"k":{"n":5}}', scores={"q": 0.9}
        )
        await w.span(a, 0, cost="1", usage={"in": 7})
        b = await w.trace(0, 90, tags=["y"], failed=["PII"], error_info="{}", scores={"q": 0.1})
        await w.span(b, 0, cost="2", usage={"in": 9})
        for only_a in (
            where("name", "=", "IT'S"),
            where("tags", "contains", "x"),
            where("metadata", ">", "4", key="k.n"),
            where("duration", "<", "50"),
            where("feedback_scores", ">=", "0.9", key="q"),
            where("error_info", "is_empty"),
            where("total_estimated_cost", "=", "1"),
            where("usage.in", "=", "7"),
        ):
            assert await w.lines("TRACE_COUNT", filter=only_a) == {"traces": [1, None, None]}
            assert await w.lines("COST", filter=only_a) == {"cost": [1, None, None]}
            assert await w.lines("TOKEN_USAGE", filter=only_a) == {"in": [7, None, None]}
            assert await w.lines("FEEDBACK_SCORES", filter=only_a) == {"q": [0.9, None, None]}
            failed = await w.lines("GUARDRAILS_FAILED_COUNT", filter=only_a)
            assert failed == {"failed": [None, None, None]}
            named = await w.lines("TRACE_COUNT", filter=only_a, by=Breakdown(field="name"))
            assert named == {"it's": [1, None, None]}
        failing = where("guardrails", "=", "failed")
        assert await w.lines("GUARDRAILS_FAILED_COUNT", filter=failing) == {
            "failed": [1, None, None]
        }


async def test_chart_of_spans_takes_filters_of_spans(analytics: Analytics) -> None:
    async with world(analytics) as w:
        trace = await w.trace(0)
        await w.span(trace, 0, type="llm", model="m", usage={"in": 1}, scores={"q": 1})
        await w.span(trace, 0, type="tool", usage={"in": 2}, scores={"q": 0})
        llm = where("type", "=", "llm")
        assert await w.lines("SPAN_COUNT", filter=llm) == {"spans": [1, None, None]}
        assert await w.lines("SPAN_TOKEN_USAGE", filter=llm) == {"in": [1, None, None]}
        scored = where("feedback_scores", "=", "1", key="q")
        assert await w.lines("SPAN_FEEDBACK_SCORES", filter=scored) == {"q": [1, None, None]}


async def test_chart_of_threads_takes_filters_of_threads(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.trace(0, thread_id="long")
        await w.trace(HOUR, thread_id="long")
        await w.trace(0, thread_id="short")
        await w.score("thread", "long", "q", 5)
        await w.score("thread", "short", "q", 1)
        several = where("number_of_messages", ">", "2")
        assert await w.lines("THREAD_COUNT", filter=several) == {"threads": [1, None, None]}
        assert await w.lines("THREAD_FEEDBACK_SCORES", filter=several) == {"q": [5, None, None]}


async def test_filter_that_cannot_be_is_refused_for_every_metric(analytics: Analytics) -> None:
    async with world(analytics) as w:
        for metric in METRICS:
            with pytest.raises(InvalidRequestError, match="unknown field"):
                await w.lines(metric, filter=where("nonsense", "=", "1"))


async def test_nothing_of_another_workspace_or_project_is_seen(analytics: Analytics) -> None:
    async with world(analytics) as w, world(analytics) as other:
        other.project = w.project
        neighbour = bytes(reversed(w.project))
        for place, project in ((other, w.project), (w, neighbour)):
            trace = await place.trace(
                0, project=project, thread_id="t", scores={"q": 1}, failed=["PII"]
            )
            await place.span(trace, 0, project=project, cost="1", usage={"in": 1}, scores={"s": 1})
            await place.score("thread", "t", "tq", 1, project=project)
        for metric in METRICS:
            found = await w.lines(metric)
            assert all(v is None for values in found.values() for v in values), metric
            assert await w.lines(metric, project=neighbour) != found, metric
            assert await other.lines(metric) != found, metric
