"""What a trace says of its spans, listed and alone: few are added up here, many by the engine."""

from decimal import Decimal
from typing import Any

import pytest

from sightline.core.ids import Id, new_id
from sightline.domain.entity_view import SpanScore
from sightline.domain.writes import SpanWrite
from sightline.services.query import entities
from sightline.services.query.entities import Found, Shown
from sightline.stores.analytics import row_binary
from sightline.stores.analytics.engine import Analytics
from tests.stores.query_world import NOW, Library

MANY = 1_001


@pytest.fixture
def library(analytics: Analytics) -> Library:
    return Library(analytics)


async def alone(library: Library, trace: Id) -> Found:
    return await entities.one(library.analytics, "trace", library.workspace_id, trace, Shown())


async def listed(library: Library, trace: Id) -> Found:
    (found,) = [f for f in (await library.page("trace"))[0] if f.view.id == trace]
    return found


def told(found: Found) -> dict[str, Any]:
    names = ("usage", "total_estimated_cost", "span_count", "llm_span_count", "providers")
    columns = found.view.columns
    return {name: columns[name] for name in names} | {"tools": bool(columns["has_tool_spans"])}


@pytest.mark.parametrize("look", [alone, listed])
async def test_of_all_messages_about_a_span_the_newest_counts(library: Library, look: Any) -> None:
    trace = await library.trace()
    await library.trace()
    # Told three times, the newest in the middle, and the last says nothing of the rest.
    first = await library.span(trace, cost="5", usage={"a": 100, "b": 1}, provider="old")
    newer = {"id": first, "version_us": NOW + 2}
    await library.span(trace, cost="7", usage={"a": 3, "z": 0}, provider="new", type="llm", **newer)
    await library.span(trace, usage={"a": 50}, id=first, version_us=NOW + 1)
    # A client's own cost stands above what was computed, whenever it came.
    await library.span(trace, cost="9", total_estimated_cost=Decimal("0.5"), type="tool")
    # The same id in another project is another span.
    await library.span(trace, id=first, project_id=new_id(), usage={"a": 1000}, type="llm")
    assert told(await look(library, trace)) == {
        "usage": {"a": 1003, "z": 0},
        "total_estimated_cost": Decimal("7.5"),
        "span_count": 3,
        "llm_span_count": 2,
        "providers": ["new"],
        "tools": True,
    }


@pytest.mark.parametrize("look", [alone, listed])
async def test_many_spans_add_up_as_few_do(library: Library, look: Any) -> None:
    trace, project = await library.trace(), library.project_id
    rows = b"".join(
        row_binary.encode_span(
            SpanWrite(
                id=new_id(NOW),
                trace_id=trace,
                project_id=project,
                version_us=NOW,
                start_time_us=NOW,
                type="llm" if i % 2 else None,
                usage={"a": i},
            ),
            library.workspace_id,
            "ann",
            NOW,
            Decimal(1),
            "v1",
        )
        for i in range(MANY)
    )
    await library.write("span", rows, [trace])
    span = await library.span(trace, type="tool")
    await library.score("span", span, "tone", "0.25")
    found = await look(library, trace)
    assert told(found) == {
        "usage": {"a": MANY * (MANY - 1) // 2},
        "total_estimated_cost": Decimal(MANY),
        "span_count": MANY + 1,
        "llm_span_count": MANY // 2,
        "providers": [],
        "tools": True,
    }
    assert scored(found) == {(span, "tool", "tone", Decimal("0.25"))}


@pytest.mark.parametrize("look", [alone, listed])
async def test_scores_of_a_trace_and_of_its_spans_are_told_apart(
    library: Library, look: Any
) -> None:
    # A span may have the id of its trace.
    trace = await library.trace()
    await library.span(trace, id=trace)
    typed = await library.span(trace, type="llm")
    await library.score("trace", trace, "tone", "0.1")
    await library.score("span", trace, "tone", "0.2")
    await library.score("span", typed, "tone", "0.3")
    await library.score("span", await library.span(await library.trace()), "tone", "0.4")
    found = await look(library, trace)
    assert [(s.name, s.value) for s in found.view.scores] == [("tone", Decimal("0.1"))]
    assert scored(found) == {
        (trace, "general", "tone", Decimal("0.2")),
        (typed, "llm", "tone", Decimal("0.3")),
    }


def scored(found: Found) -> set[tuple[Id, str, str, Decimal]]:
    given: list[SpanScore] = found.view.span_scores
    return {(s.span_id, s.span_type, s.score.name, s.score.value) for s in given}
