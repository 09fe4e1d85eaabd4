"""Pages of traces and spans: their order, their rows each once, and what a row shows."""

import asyncio
import json
import random
from decimal import Decimal
from typing import Any

import pytest

from sightline.core.errors import InvalidRequestError, NotFoundError, PayloadTooLargeError
from sightline.core.ids import new_id
from sightline.domain.filter import Sort
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.query import entities
from sightline.services.query.entities import Found, Shown
from sightline.stores.analytics import pages, row_binary, totals
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.analytics.pages import SORTABLE
from sightline.stores.analytics.rows import TRUNCATED_LENGTH
from tests.stores.query_world import DAY, HOUR, NOW, SECOND, Library, every, ids_of, where


@pytest.fixture
def library(analytics: Analytics) -> Library:
    return Library(analytics)


async def one(library: Library, entity: Any, id: bytes, shown: Shown | None = None) -> Found:
    return await entities.one(library.analytics, entity, library.workspace_id, id, shown or Shown())


@pytest.mark.parametrize("entity", ["trace", "span"])
async def test_paging_to_the_end_shows_every_row_once_newest_first(
    library: Library, entity: Any
) -> None:
    # Ages from now to years, several at the same moment, ids that say another time or none.
    ages = [0, 0, 0, 1, SECOND, HOUR, HOUR, 3 * DAY, 40 * DAY, 400 * DAY, 5000 * DAY, -HOUR]
    made = []
    for i, age in enumerate(ages):
        id = random.Random(i).randbytes(16) if i % 3 == 0 else new_id(NOW - i)
        if entity == "trace":
            made.append(await library.trace(age, id=id, name=str(i)))
        else:
            made.append(await library.span(new_id(), age, id=id, name=str(i)))
    order = sorted(range(len(ages)), key=lambda i: (-ages[i], made[i]), reverse=True)
    for size in (1, 2, 5, len(ages), 100):
        seen: list[bytes] = []
        page = 1
        while True:
            found, total = await library.page(entity, page=page, size=size)
            assert total == len(ages)
            if not found:
                break
            assert len(found) == min(size, len(ages) - len(seen))
            seen += ids_of(found)
            page += 1
        assert seen == [made[i] for i in order], size


async def test_a_page_with_a_filter_finds_old_rows_behind_many_new_ones(library: Library) -> None:
    for i in range(30):
        await library.trace(i * SECOND, name=f"new {i}")
    await library.trace(700 * DAY, name="old")
    await library.trace(3000 * DAY, name="older")
    found = await library.names("trace", filter=where("name", "starts_with", "old"), size=2)
    assert found == ["old", "older"]
    assert await library.names("trace", size=3) == ["new 0", "new 1", "new 2"]
    assert await library.names("trace", size=3, page=11) == ["old", "older"]
    # What was learnt from the last page must not hide anything from the next.
    await library.trace(-SECOND, name="newest")
    assert await library.names("trace", size=3) == ["newest", "new 0", "new 1"]


async def test_time_range_takes_from_and_leaves_to(library: Library) -> None:
    for ago in (0, 1, 2, 3):
        await library.trace(ago, name=str(ago))
    for from_us, to_us, names in [
        (NOW - 2, None, ["0", "1", "2"]),
        (None, NOW - 1, ["2", "3"]),
        (NOW - 2, NOW, ["1", "2"]),
        (NOW + 5, None, []),
        (NOW, NOW, []),
    ]:
        assert await library.names("trace", from_us=from_us, to_us=to_us) == names
        _, total = await library.page("trace", from_us=from_us, to_us=to_us)
        assert total == len(names)


VALUES: dict[str, list[Any]] = {
    "name": ["b", "a", "c"],
    "duration": [20, None, 10],
    "end_time": [20, None, 10],
    "ttft": [2.5, None, 1.5],
    "input": ['"b"', None, '"a"'],
    "output": ['"b"', None, '"a"'],
    "metadata": ['{"b":1}', None, '{"a":1}'],
    "tags": [["b"], [], ["a", "b"]],
    "error_info": ['{"exception_type":"B"}', None, '{"exception_type":"A"}'],
    "error_type": ['{"exception_type":"B"}', None, '{"exception_type":"A"}'],
    "thread_id": ["b", None, "a"],
    "source": ["sdk", None, "playground"],
    "environment": ["prod", None, "dev"],
    "visibility_mode": ["hidden", None, "default"],
    "type": ["tool", None, "llm"],
    "model": ["b", None, "a"],
    "provider": ["b", None, "a"],
    "usage.x": [20, None, 10],
    "total_estimated_cost": ["0.2", None, "0.1"],
    "feedback_scores.x": ["0.2", None, "0.1"],
    "span_feedback_scores.x": ["0.2", None, "0.1"],
    "span_count": [2, 0, 1],
    "llm_span_count": [2, 0, 1],
    "providers": ["b", None, "a"],
}
FIELD = {"end_time": "end_time_us", "ttft": "ttft_ms", "error_type": "error_info"}


async def sorted_library(library: Library, entity: Any, field: str) -> list[Any]:
    """Write three rows, named 0, 1 and 2, that differ in one field, and return their values."""
    values = VALUES[field]
    for i, value in enumerate(values):
        fields: dict[str, Any] = {"name": str(i)}
        head = field.partition(".")[0]
        own = head in {
            "name",
            "input",
            "output",
            "metadata",
            "tags",
            "error_info",
            "thread_id",
            "source",
            "environment",
            "visibility_mode",
            "type",
            "model",
            "provider",
        }
        if field in {"duration", "end_time"} and value is not None:
            fields["end_time_us"] = NOW + value * 1000
        elif own or field in FIELD:
            fields[FIELD.get(field, field)] = value
        span = {"usage": value and {"x": value}} if head == "usage" else {}
        cost = value if field == "total_estimated_cost" else None
        if entity == "span":
            id = await library.span(new_id(), 0, cost=cost, **(fields | span))
        else:
            id = await library.trace(0, **fields)
            for _ in range(value if head.endswith("span_count") else 1):
                child = await library.span(
                    id,
                    cost=cost,
                    type="llm",
                    provider=value if head == "providers" else None,
                    **span,
                )
            if head == "span_feedback_scores" and value:
                await library.score("span", child, "x", value)
        if head == "feedback_scores" and value:
            await library.score(entity, id, "x", value)
    return values


@pytest.mark.parametrize(
    ("entity", "field"),
    [
        (entity, field)
        for entity in ("trace", "span")
        for field in VALUES
        if field.replace(".x", ".*") in SORTABLE[entity]  # type: ignore[index]
    ],
)
async def test_rows_sort_by_a_field_both_ways(library: Library, entity: Any, field: str) -> None:
    values = await sorted_library(library, entity, field)
    missing = values[1] is None and field in {
        "duration",
        "end_time",
        "ttft",
        "usage.x",
        "total_estimated_cost",
        "feedback_scores.x",
        "span_feedback_scores.x",
    }
    up = ["a", "b", "c"] if field == "name" else ["1", "2", "0"]
    down = up[::-1]
    if missing:
        # Nothing known comes last, whichever way one sorts.
        up, down = ["2", "0", "1"], ["0", "2", "1"]
    assert await library.names(entity, Sort(field, False)) == up
    assert await library.names(entity, Sort(field, True)) == down
    assert await library.names(entity, Sort(field, True), size=1, page=2) == down[1:2]


_WHEN_AND_WHERE = (
    "id start_time created_at last_updated_at trace_id created_by last_updated_by parent_span_id"
).split()


@pytest.mark.parametrize(
    ("entity", "field"),
    [(e, f) for e in ("trace", "span") for f in _WHEN_AND_WHERE if f in SORTABLE[e]],  # type: ignore[index]
)
async def test_rows_sort_by_when_and_where_they_came(
    library: Library, entity: Any, field: str
) -> None:
    parents = sorted(new_id() for _ in range(3))
    traces = sorted(new_id() for _ in range(3))
    for i, ago in enumerate((2, 1, 0)):
        if entity == "trace":
            await library.trace(ago * SECOND, name=str(i))
        else:
            await library.span(traces[i], ago * SECOND, name=str(i), parent_span_id=parents[i])
    alike = field.endswith("_by")
    down = ["2", "1", "0"]
    assert await library.names(entity, Sort(field, True)) == down
    # Rows that are alike stay in the usual order.
    assert await library.names(entity, Sort(field, False)) == (down if alike else down[::-1])


async def test_rows_sort_by_several_fields(library: Library) -> None:
    for name, tag in (("a", "x"), ("b", "y"), ("c", "x")):
        await library.trace(name=name, tags=[tag])
    order = await library.names("trace", Sort("tags", False), Sort("name", True))
    assert order == ["c", "a", "b"]


@pytest.mark.parametrize(
    "field", ["nmae", "model", "usage", "metadata.x", "feedback_scores", "usage_pairs", "`id`"]
)
async def test_an_unknown_order_says_what_is_possible(library: Library, field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        await library.page("trace", Sort(field, True))
    assert field in caught.value.message
    assert "start_time" in (caught.value.hint or "")


async def test_a_score_name_of_any_characters_sorts_and_filters(library: Library) -> None:
    name = "it's `odd` {x:String} \\ é%"
    for i, value in enumerate(("0.1", "0.9")):
        await library.score("trace", await library.trace(i, name=str(i)), name, value)
    assert await library.names("trace", Sort(f"feedback_scores.{name}", True)) == ["1", "0"]


async def test_a_payload_comes_back_byte_for_byte(library: Library) -> None:
    text = (
        '{"b" : 1.0e2, "a":[ 1,2 ],"u":"\\u00e9é\\ud83d\\ude00",'
        '"z":12345678901234567890123,"n":"\\u0000"}'
    )
    trace = await library.trace(input=text, output='"x"', metadata="[]", name="nul\0 ütf")
    span = await library.span(trace, input=text, output="0", metadata=text)
    for entity, id in (("trace", trace), ("span", span)):
        columns = (await one(library, entity, id)).view.columns
        assert columns["input"] == text
    columns = (await one(library, "trace", trace)).view.columns
    assert (columns["output"], columns["metadata"], columns["name"]) == ('"x"', "[]", "nul\0 ütf")


@pytest.mark.parametrize("entity", ["trace", "span"])
async def test_truncation_cuts_long_payloads_by_characters_and_leaves_short_ones(
    library: Library, entity: Any
) -> None:
    fits = json.dumps("é" * (TRUNCATED_LENGTH - 2), ensure_ascii=False)
    long = json.dumps("é" * TRUNCATED_LENGTH, ensure_ascii=False)
    fields = {"input": fits, "output": long, "metadata": '{"a":1}'}
    if entity == "trace":
        id = await library.trace(**fields)
    else:
        id = await library.span(new_id(), **fields)
    (found,), _ = await library.page(entity, shown=Shown(truncate=True))
    columns = found.view.columns
    assert (columns["input"], columns["input_cut"]) == (fits, 0)
    assert (columns["output"], columns["output_cut"]) == (long[:TRUNCATED_LENGTH], 1)
    assert columns["metadata"] == '{"a":1}'
    whole = (await one(library, entity, id)).view.columns
    assert whole["output"] == long


async def test_a_page_that_would_not_fit_into_memory_is_refused(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AnalyticsOptions, "result_bytes", 10_000)
    await library.trace(input=json.dumps("x" * 20_000))
    with pytest.raises(PayloadTooLargeError, match="too large"):
        await library.page("trace")
    found, _ = await library.page("trace", shown=Shown(exclude=frozenset(("input",))))
    assert len(found) == 1


async def test_the_largest_page_holds_two_thousand_rows(library: Library) -> None:
    traces = [
        row_binary.encode_trace(
            TraceWrite(
                id=new_id(NOW - i * SECOND),
                project_id=library.project_id,
                version_us=NOW,
                start_time_us=NOW - i * SECOND,
            ),
            library.workspace_id,
            "ann",
            NOW,
        )
        for i in range(2100)
    ]
    made = [new_id(NOW - i * SECOND) for i in range(2100)]
    await library.write("trace", b"".join(traces), made)
    spans = [
        row_binary.encode_span(
            SpanWrite(
                id=new_id(NOW - i * SECOND),
                trace_id=new_id(NOW - i * SECOND),
                project_id=library.project_id,
                version_us=NOW,
                start_time_us=NOW - i * SECOND,
            ),
            library.workspace_id,
            "ann",
            NOW,
        )
        for i in range(2100)
    ]
    await library.write("span", b"".join(spans), made)
    await library.score("span", await library.span(new_id()), "tone", "1")
    for entity, total in (("trace", 2100), ("span", 2101)):
        found, count = await library.page(entity, size=2000)
        starts = [item.view.columns["start_time"] for item in found]
        assert (len(found), count) == (2000, total)
        assert starts == sorted(starts, reverse=True)
        found, _ = await library.page(entity, size=2000, page=2)
        assert len(found) == total - 2000


async def test_excluded_fields_are_not_read(library: Library) -> None:
    trace = await library.trace(input='"in"', output='"out"', tags=["t"])
    await library.score("trace", trace, "s", "1")
    await library.comment("trace", trace, "c")
    await library.span(trace, cost="1")
    gone = "input tags usage feedback_scores comments total_estimated_cost id start_time".split()
    (found,), _ = await library.page("trace", shown=Shown(exclude=frozenset(gone)))
    columns = found.view.columns
    assert columns["output"] == '"out"'
    assert not {"input", "tags", "usage", "total_estimated_cost"} & columns.keys()
    assert columns["span_count"] == 1
    assert (found.view.scores, found.comments) == ([], [])
    # A row can always be told from another and put in order.
    assert columns["id"] == trace
    assert columns["start_time"] == NOW


async def test_a_trace_adds_up_its_spans_wherever_they_are(library: Library) -> None:
    trace = await library.trace()
    other = await library.trace()
    llm = {"type": "llm", "provider": "openai", "model": "m"}
    await library.span(trace, cost="0.1", usage={"a": 1, "b": 2}, **llm)
    away = {"project_id": new_id()}
    await library.span(
        trace, cost="0.2", usage={"a": 10}, **(llm | {"provider": "anthropic"} | away)
    )
    await library.span(trace, type="tool", **away)
    found, _ = await library.page("trace")
    columns = {item.view.id: item.view.columns for item in found}
    assert columns[trace]["usage"] == {"a": 11, "b": 2}
    assert columns[trace]["total_estimated_cost"] == Decimal("0.3")
    assert (columns[trace]["span_count"], columns[trace]["llm_span_count"]) == (3, 2)
    assert columns[trace]["has_tool_spans"]
    assert columns[trace]["providers"] == ["anthropic", "openai"]
    assert "span_count" not in columns[other]
    spans, total = await library.page("span", project_ids=None, trace_id=trace)
    assert (len(spans), total) == (3, 3)


async def test_a_trace_without_a_price_has_no_cost(library: Library) -> None:
    trace = await library.trace()
    await library.span(trace, usage={"a": 1})
    assert (await one(library, "trace", trace)).view.columns["total_estimated_cost"] is None


async def test_scores_are_averaged_over_authors_and_a_deleted_one_is_gone(
    library: Library,
) -> None:
    trace = await library.trace()
    span = await library.span(trace, type="llm")
    await library.score("trace", trace, "q", "0.5", author="ann", reason="so", version_us=1)
    await library.score("trace", trace, "q", "1", author="bob", version_us=2)
    await library.score("trace", trace, "gone", "1", version_us=1)
    await library.score("trace", trace, "gone", "1", version_us=2, deleted=True)
    await library.score("span", span, "tone", "0.2")
    await library.score("span", await library.span(new_id()), "tone", "0.9")
    found = await one(library, "trace", trace)
    (score,) = found.view.scores
    assert (score.name, score.value) == ("q", Decimal("0.75"))
    assert {s.author: s.value for s in score.by_author} == {"ann": Decimal("0.5"), "bob": 1}
    (on_span,) = found.view.span_scores
    assert (on_span.span_id, on_span.span_type, on_span.score.name) == (span, "llm", "tone")
    assert [s.name for s in (await one(library, "span", span)).view.scores] == ["tone"]


async def test_comments_and_checks_come_with_their_trace(library: Library) -> None:
    trace, other = await library.trace(), await library.trace()
    span = await library.span(trace)
    await library.comment("trace", trace, "first")
    await library.comment("span", span, "on the span")
    await library.check(trace, span, "PII", "failed")
    seen = {f.view.id: f for f in (await library.page("trace"))[0]}
    assert [c.text for c in seen[trace].comments] == ["first"]
    assert [(c.span_id, c.name, c.result) for c in seen[trace].view.checks] == [
        (span, "PII", "failed")
    ]
    assert (seen[other].comments, seen[other].view.checks) == ([], [])
    assert [c.text for c in (await one(library, "span", span)).comments] == ["on the span"]


async def test_an_id_that_ends_in_zeros_loses_nothing(library: Library) -> None:
    trace = await library.trace(id=new_id()[:13] + bytes(3), name="zeros")
    span = await library.span(trace, id=new_id()[:13] + bytes(3), cost="1")
    await library.score("trace", trace, "q", "1")
    await library.score("span", span, "tone", "1")
    found, _ = await library.page("trace", Sort("feedback_scores.q"))
    assert found[0].view.columns["span_count"] == 1
    assert len(found[0].view.scores) == len(found[0].view.span_scores) == 1
    for condition in (
        where("feedback_scores", "=", "1", "q"),
        where("span_feedback_scores", "=", "1", "tone"),
        where("total_estimated_cost", "=", "1"),
    ):
        assert await library.matching("trace", condition) == {"zeros"}


async def test_a_trace_that_was_only_patched_shows_the_time_of_its_id(library: Library) -> None:
    id = new_id(NOW - HOUR)
    await library.trace(id=id, start_time_us=None, name="patched")
    found = (await one(library, "trace", id)).view.columns
    assert found["start_time"] == (NOW - HOUR) // 1000 * 1000
    assert await library.names("trace", from_us=NOW - 2 * HOUR, to_us=NOW) == ["patched"]


async def test_workspaces_see_nothing_of_one_another(analytics: Analytics) -> None:
    mine, theirs = Library(analytics), Library(analytics)
    theirs.project_id = mine.project_id
    trace = await theirs.trace(name="theirs", tags=["secret"])
    span = await theirs.span(trace, cost="1")
    await theirs.score("trace", trace, "q", "1")
    for entity, id in (("trace", trace), ("span", span)):
        assert (await mine.page(entity))[1] == 0
        assert await mine.names(entity) == []
        with pytest.raises(NotFoundError, match="not found"):
            await one(mine, entity, id)
    # The same id in both workspaces stays two traces.
    await mine.trace(id=trace, name="mine")
    found = await one(mine, "trace", trace)
    assert found.view.columns["name"] == "mine"
    assert found.view.scores == []
    assert found.view.columns.get("span_count", 0) == 0
    assert await mine.matching("trace", where("feedback_scores", "=", "1", "q")) == set()


async def test_projects_are_listed_apart(library: Library) -> None:
    await library.trace(name="here")
    elsewhere = new_id()
    await library.trace(name="there", project_id=elsewhere)
    assert await library.names("trace") == ["here"]
    assert await library.names("trace", project_ids=(elsewhere,)) == ["there"]
    assert set(await library.names("trace", project_ids=None)) == {"here", "there"}


async def test_a_large_project_is_counted_by_its_rows(library: Library) -> None:
    id = await library.trace(name="a")
    await library.trace(id=id, name="b", version_us=NOW + 1)
    await library.trace()
    scope = library.scope()
    assert await pages.count(library.analytics, "trace", scope) == 2
    assert await totals.total(library.analytics, "trace", scope) == 2
    about = await totals.total(library.analytics, "trace", scope, exact_rows=1)
    assert about in {2, 3}
    filtered = library.scope(filter=every(where("name", "=", "b")))
    assert await totals.total(library.analytics, "trace", filtered, exact_rows=0) == 1
    for _ in range(200):
        if await totals.total(library.analytics, "trace", scope, exact_rows=1) == 2:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the exact count never arrived")
