"""Pages in the order of a column, and of few that meet a filter, found from rows as they were
written: the same as when all rows are merged first, whatever was sent late, twice or in part."""

import random
from decimal import Decimal
from typing import Any

import pytest

from sightline.core.ids import Id
from sightline.domain.filter import And, Condition, Filter, Not, Or, Sort
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.stores.analytics import candidates, ordered, pages, row_binary
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.scope import Scope
from tests.stores.query_world import HOUR, NOW, SECOND, Library

FIELDS = {
    "trace": "id name start_time end_time duration ttft tags error_type thread_id output",
    "span": "trace_id name start_time duration model type total_estimated_cost usage.total_tokens "
    "tags parent_span_id",
}


def some_id(n: int, salt: int = 0) -> Id:
    """Most ids say about when something began, some another time."""
    at_us = NOW - (n * 7 + (50 * HOUR // SECOND if n % 11 == 0 else 0)) * SECOND
    return (at_us // 1000).to_bytes(6, "big") + bytes([0x70, salt, 0x80, 0, 0, 0, 0, 0, 0, n])


def first_row(rng: random.Random, n: int) -> dict[str, Any]:
    """Return what is said of an entity at first: all of it, or not its end, or hardly anything."""
    start = NOW - n * 7 * SECOND
    given: dict[str, Any] = {"version_us": start, "start_time_us": start}
    if n % 9 != 0:
        given["name"] = rng.choice(["a", "B", "b", "c", "é\\'"])
    if n % 3 != 0:
        given["end_time_us"] = start + rng.randrange(5) * SECOND // 2
    if n % 4 == 0:
        given["tags"] = rng.choice([["x"], ["x", "y"], []])
    if n % 5 == 0:
        given["error_info"] = f'{{"exception_type":"{rng.choice("EF")}"}}'
    return given


def later_row(rng: random.Random, n: int) -> dict[str, Any]:
    """Return what is sent later: mostly a part, now and then all of it once more."""
    start = NOW - n * 7 * SECOND
    given: dict[str, Any] = {"version_us": start + SECOND, "end_time_us": start + n * SECOND // 8}
    if n % 2:
        given["name"] = rng.choice(["a", "z"])
    if n % 4 == 1:
        given["tags"] = ["y"]
    if n % 7 == 0:
        given |= {"start_time_us": start, "error_info": '{"exception_type":"G"}'}
    return given


async def fill(library: Library) -> None:
    """Write 80 traces and as many spans in four parts: firsts, what came later, and some of it
    of things of which no first row came."""
    rng = random.Random(3)
    waves: list[list[tuple[int, dict[str, Any]]]] = [
        [(n, first_row(rng, n)) for n in range(0, 70, 2)],
        [(n, later_row(rng, n)) for n in range(80) if n % 3 == 0],
        [(n, first_row(rng, n)) for n in range(1, 70, 2)],
        [(n, later_row(rng, n) | {"version_us": NOW}) for n in range(80) if n % 10 == 6],
    ]
    for wave in waves:
        traces, spans = [], []
        for n, given in wave:
            more: dict[str, Any] = {}
            if n % 6 == 0:
                more = {"ttft_ms": float(n % 12), "thread_id": f"t{n % 4}", "output": "o" * (n % 5)}
            traces.append(
                row_binary.encode_trace(
                    TraceWrite(
                        id=some_id(n), project_id=library.project_id, **(given | more)
                    ),
                    library.workspace_id, f"user {n % 2}", NOW - n,
                )
            )  # fmt: skip
            more = {}
            if n % 2:
                more = {"model": f"m{n % 3}", "type": "llm", "usage": {"total_tokens": n % 20}}
                more["parent_span_id"] = some_id(n % 5, 2)
            if n % 8 == 5:
                more["total_estimated_cost"] = Decimal(n % 16) / 1000
            computed = Decimal(n % 13) / 1000 if n % 2 else None
            spans.append(
                row_binary.encode_span(
                    SpanWrite(
                        id=some_id(n, 1), trace_id=some_id(n % 30), project_id=library.project_id,
                        **(given | more),
                    ),
                    library.workspace_id, "ann", NOW - n, computed, "v1",
                )
            )  # fmt: skip
        made = [some_id(n) for n in range(80)]
        await library.write("trace", b"".join(traces), made)
        await library.write("span", b"".join(spans), made)


@pytest.fixture
async def library(analytics: Analytics, monkeypatch: pytest.MonkeyPatch) -> Library:
    library = Library(analytics)
    await fill(library)
    # As if 80 were millions.
    monkeypatch.setattr(candidates, "FEW_ROWS", 0)
    return library


@pytest.mark.parametrize("entity", ["trace", "span"])
@pytest.mark.parametrize("most", [3, 200])
async def test_a_sorted_page_is_that_of_all_merged_rows(
    library: Library, entity: Entity, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MOST", most)
    monkeypatch.setattr(ordered, "_SPARE", 2)
    recent = library.scope(from_us=NOW - 300 * SECOND, hidden_sources=("experiment",))
    for name in FIELDS[entity].split():
        for descending in (True, False):
            await same(library, entity, library.scope(), Sort(name, descending), 5, 0)
            await same(library, entity, library.scope(), Sort(name, descending), 20, 50)
            if most == 3:
                await same(library, entity, recent, Sort(name, descending), 6, 3)


async def same(
    library: Library, entity: Entity, scope: Scope, sort: Sort, limit: int, offset: int
) -> None:
    """Look at a page both ways."""
    asked: dict[str, Any] = {"sorting": (sort,), "limit": limit, "offset": offset}
    found = await ordered.find(library.analytics, entity, scope, now_us=NOW + HOUR, **asked)
    plain = await pages.find_in_order(library.analytics, entity, scope, **asked)
    assert found == plain, (sort, limit, offset)


FILTERS: list[tuple[Entity, Filter]] = [
    ("trace", Condition(field="name", operator="=", value="z")),
    ("trace", Condition(field="name", operator="=", value="nobody")),
    ("trace", Condition(field="name", operator="!=", value="a")),
    ("trace", Condition(field="duration", operator=">", value="4000")),
    ("trace", Not(Condition(field="duration", operator="<", value="9000"))),
    ("trace", Condition(field="status", operator="=", value="error")),
    ("trace", Condition(field="status", operator="=", value="running")),
    ("trace", Condition(field="status", operator="=", value="ok")),
    ("trace", Condition(field="model", operator="=", value="m2")),
    ("trace", Condition(field="model", operator="!=", value="m2")),
    ("trace", Condition(field="tags", operator="is_empty")),
    (
        "trace",
        And(
            (
                Condition(field="tags", operator="=", value="y"),
                Condition(field="error_type", operator="=", value="G"),
            )
        ),
    ),
    (
        "span",
        Or(
            (
                Condition(field="type", operator="=", value="llm"),
                Condition(field="name", operator="=", value="z"),
            )
        ),
    ),
    ("span", Condition(field="total_estimated_cost", operator=">", value="0.011")),
    ("span", Condition(field="usage.total_tokens", operator="=", value="19")),
    ("span", Condition(field="end_time", operator="<", value=str((NOW - 400 * SECOND) // 1000))),
]
FILTERS += [
    # Of these pairs each side reads another column, or looks at spans.
    *(("trace", Or((FILTERS[a][1], FILTERS[b][1]))) for a, b in ((0, 3), (0, 8), (5, 10), (9, 6))),
    *(("span", Or((FILTERS[a][1], FILTERS[b][1]))) for a, b in ((12, 13), (13, 14), (14, 15))),
    ("trace", Or((FILTERS[11][1], Or((FILTERS[0][1], FILTERS[3][1]))))),
    ("trace", And((FILTERS[2][1], Or((FILTERS[5][1], FILTERS[3][1]))))),
    ("trace", Or((FILTERS[0][1], Condition(field="span_count", operator=">", value="2")))),
]


async def test_what_meets_a_filter_is_found_and_counted(library: Library) -> None:
    for entity, tree in FILTERS:
        scope = library.scope(filter=tree)
        plain = await pages.find_in_order(
            library.analytics, entity, scope, sorting=pages.NEWEST_FIRST, limit=100
        )
        named = await candidates.narrowed(library.analytics, entity, scope)
        for asked in (scope, named):
            found = await pages.find_newest(
                library.analytics, entity, asked, limit=100, now_us=NOW + HOUR
            )
            assert found == plain, tree
        assert await pages.count(library.analytics, entity, scope) == len(plain), tree


async def test_what_reads_one_column_is_named(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = library.scope(filter=Condition(field="name", operator="=", value="z"))
    named = await candidates.narrowed(library.analytics, "trace", scope)
    assert named.ids is not None
    monkeypatch.setattr(candidates, "MOST", len(named.ids) - 1)
    assert await candidates.narrowed(library.analytics, "trace", scope) == scope


async def test_what_reads_one_column_or_another_is_named_if_both_sides_are_few(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, long = FILTERS[0][1], FILTERS[3][1]
    many = Condition(field="span_count", operator=">", value="2")
    ids = {}
    for tree in (name, long, Or((name, long)), Or((name, And((long, many))))):
        named = await candidates.narrowed(library.analytics, "trace", library.scope(filter=tree))
        assert named.ids is not None
        ids[tree] = set(named.ids)
    both = ids.pop(name) | ids.pop(long)
    assert [both, both] == list(ids.values())
    # Of what another side says nothing can be told.
    scope = library.scope(filter=Or((name, many)))
    assert await candidates.narrowed(library.analytics, "trace", scope) == scope
    monkeypatch.setattr(candidates, "MOST", len(both) - 1)
    scope = library.scope(filter=Or((name, long)))
    assert await candidates.narrowed(library.analytics, "trace", scope) == scope
