"""Statistics of traces and spans, whether there are any, and the names of scores."""

from typing import Any

import pytest

from sightline.core.ids import new_id
from sightline.domain.filter import Filter
from sightline.services.query import statistics
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.stats import Stats
from tests.stores.query_world import HOUR, NOW, SECOND, Library, every, where


@pytest.fixture
def library(analytics: Analytics) -> Library:
    return Library(analytics)


async def stats(library: Library, entity: Any, **narrower: Any) -> Stats:
    return await statistics.statistics(library.analytics, entity, library.scope(**narrower))


async def filled(library: Library) -> Library:
    """Three traces: one with everything, one that failed, one with nothing, an hour apart."""
    full = await library.trace(
        0,
        name="full",
        end_time_us=NOW + 4 * SECOND,
        input='"i"',
        output='"o"',
        metadata="{}",
        tags=["a", "b", "c"],
    )
    failed = await library.trace(
        HOUR, name="failed", input='"i"', end_time_us=NOW - HOUR + 2 * SECOND, error_info="{}"
    )
    await library.trace(2 * HOUR, name="bare")
    llm = {"type": "llm", "provider": "p"}
    span = await library.span(full, cost="0.25", usage={"x": 10, "y": 1}, **llm)
    await library.span(full, cost="0.5", usage={"x": 20}, **llm)
    await library.span(failed, cost="0.05", usage={"x": 1}, project_id=new_id(), **llm)
    await library.span(failed, type="tool", input="1", error_info="{}", tags=["t"])
    await library.score("trace", full, "q", "1", author="ann")
    await library.score("trace", full, "q", "0.5", author="bob")
    await library.score("trace", failed, "q", "0.25")
    await library.score("span", span, "tone", "0.5")
    await library.check(full, span, "PII", "failed")
    await library.check(full, span, "TOPIC", "failed")
    await library.check(failed, span, "TOPIC", "passed")
    return library


async def test_statistics_of_traces_add_up(library: Library) -> None:
    found = await stats(await filled(library), "trace")
    assert found.count == 3
    assert found.durations_ms is not None
    assert [round(d) for d in found.durations_ms] == [3000, 3800, 3980]
    assert (found.inputs, found.outputs, found.metadatas, found.errors) == (2, 1, 1, 1)
    assert found.average_tags == 1.0
    assert found.average_spans == pytest.approx(4 / 3)
    assert found.average_llm_spans == 1.0
    assert found.total_cost_usd == pytest.approx(0.8)
    assert found.average_cost_usd == pytest.approx(0.4)
    assert found.average_usage == {"x": 15.5, "y": 1.0}
    assert found.average_scores == {"q": 0.5}
    assert found.average_span_scores == {"tone": 0.5}
    assert found.failed_guardrails == 1


async def test_statistics_of_spans_add_up(library: Library) -> None:
    found = await stats(await filled(library), "span")
    assert found.count == 3
    assert found.durations_ms is None
    assert (found.inputs, found.outputs, found.metadatas, found.errors) == (1, 0, 0, 1)
    assert found.average_tags == pytest.approx(1 / 3)
    assert found.average_spans is None
    assert found.total_cost_usd == pytest.approx(0.75)
    assert found.average_cost_usd == pytest.approx(0.375)
    assert found.average_usage == {"x": 15.0, "y": 1.0}
    assert found.average_scores == {"tone": 0.5}


@pytest.mark.parametrize(
    "narrower",
    [
        {"from_us": NOW - 1},
        {"filter": where("name", "=", "full")},
        {"filter": where("total_estimated_cost", ">", "0.5")},
        {"filter": every(where("feedback_scores", ">", "0.5", "q"), where("tags", "=", "a"))},
        {"search": "full"},
    ],
)
async def test_statistics_are_of_what_the_list_has(
    library: Library, narrower: dict[str, Filter | int | str]
) -> None:
    found = await stats(await filled(library), "trace", **narrower)
    assert found.count == 1
    assert (found.inputs, found.outputs, found.errors) == (1, 1, 0)
    assert (found.average_spans, found.average_llm_spans) == (2.0, 2.0)
    assert found.total_cost_usd == pytest.approx(0.75)
    assert found.average_usage == {"x": 30.0, "y": 1.0}
    assert found.average_scores == {"q": 0.75}
    assert found.average_span_scores == {"tone": 0.5}
    assert found.failed_guardrails == 1


@pytest.mark.parametrize("entity", ["trace", "span"])
async def test_statistics_of_nothing_are_none_and_not_zero(library: Library, entity: Any) -> None:
    found = await stats(library, entity)
    assert (found.count, found.inputs, found.errors) == (0, 0, 0)
    assert found.durations_ms is found.average_cost_usd is found.total_cost_usd is None
    assert found.average_usage == found.average_scores == {}


async def test_a_row_in_parts_counts_once(library: Library) -> None:
    id = await library.trace(input='"i"', tags=["a"])
    await library.trace(id=id, output='"o"', version_us=NOW + 1)
    span = await library.span(id, usage={"x": 1})
    await library.span(id, id=span, cost="1", version_us=NOW + 1)
    found = await stats(library, "trace")
    assert (found.count, found.inputs, found.outputs) == (1, 1, 1)
    assert (found.average_tags, found.average_spans) == (1.0, 1.0)
    assert found.average_usage == {"x": 1.0}


async def test_spans_are_counted_by_trace_and_type(library: Library) -> None:
    trace = await library.trace()
    await library.span(trace, type="llm", input="1")
    await library.span(trace, type="tool", input="1")
    await library.span(new_id(), type="llm")
    for narrower, count, inputs in [
        ({"trace_id": trace}, 2, 2),
        ({"span_type": "llm"}, 2, 1),
        ({"trace_id": trace, "span_type": "llm"}, 1, 1),
    ]:
        found = await stats(library, "span", **narrower)
        assert (found.count, found.inputs) == (count, inputs), narrower


async def test_existence_is_told_by_project_source_and_thread(library: Library) -> None:
    async def exists(**narrower: Any) -> bool:
        return await statistics.exists(library.analytics, "trace", library.scope(**narrower))

    assert not await exists()
    await library.trace(source="sdk")
    assert await exists()
    assert not await exists(project_ids=(new_id(),))
    assert await exists(sources=("sdk",))
    assert not await exists(sources=("playground",))
    in_thread = where("thread_id", "is_not_empty")
    assert not await exists(filter=in_thread)
    await library.trace(thread_id="t")
    assert await exists(filter=in_thread)


async def test_score_names_are_those_in_use(library: Library) -> None:
    trace, span = await library.trace(), await library.span(new_id(), type="llm")
    tool = await library.span(new_id(), type="tool")
    await library.score("trace", trace, "b", "1")
    await library.score("trace", trace, "a", "1")
    await library.score("trace", trace, "gone", "1", version_us=1)
    await library.score("trace", trace, "gone", "1", version_us=2, deleted=True)
    await library.score("span", span, "llm score", "1")
    await library.score("span", tool, "tool score", "1")
    elsewhere = new_id()
    await library.score("trace", trace, "elsewhere", "1", project_id=elsewhere)

    async def names(entity: Any, project: bytes | None, type: str | None = None) -> list[str]:
        return await statistics.score_names(
            library.analytics, entity, library.workspace_id, project, type
        )

    assert await names("trace", library.project_id) == ["a", "b"]
    assert await names("trace", elsewhere) == ["elsewhere"]
    assert await names("trace", None) == ["a", "b", "elsewhere"]
    assert await names("span", library.project_id) == ["llm score", "tool score"]
    assert await names("span", library.project_id, "llm") == ["llm score"]
