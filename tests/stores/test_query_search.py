"""Searching streams: everything once, newest first, in parts that fit into memory."""

from typing import Any

import pytest

from sightline.core.errors import InvalidRequestError
from sightline.core.ids import Id, new_id
from sightline.services.query import search
from sightline.services.query.entities import Shown
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from tests.stores.query_world import DAY, HOUR, NOW, SECOND, Library, where


@pytest.fixture
def library(analytics: Analytics) -> Library:
    return Library(analytics)


async def parts(
    library: Library,
    entity: Entity,
    *,
    after: Id | None = None,
    limit: int = 500,
    shown: Shown | None = None,
    **narrower: Any,
) -> list[list[str]]:
    found = await search.search(
        library.analytics,
        entity,
        library.scope(**narrower),
        shown or Shown(truncate=True),
        after=after,
        limit=limit,
        now_us=NOW,
    )
    return [[item.view.columns["name"] for item in part] async for part in found]


async def names(library: Library, entity: Entity, **more: Any) -> list[str]:
    return [name for part in await parts(library, entity, **more) for name in part]


@pytest.mark.parametrize("entity", ["trace", "span"])
async def test_going_on_after_the_last_id_shows_every_row_once(
    library: Library, entity: Any
) -> None:
    ids = {}
    for i, ago in enumerate((0, 0, 0, SECOND, HOUR, 2 * DAY, 90 * DAY, 4000 * DAY)):
        name = str(i)
        if entity == "trace":
            ids[name] = await library.trace(ago, name=name)
        else:
            ids[name] = await library.span(new_id(), ago, name=name)
    whole = await names(library, entity)
    assert sorted(whole) == sorted(ids)
    assert whole[3:] == ["3", "4", "5", "6", "7"]
    for limit in (1, 3, 8):
        seen: list[str] = []
        after = None
        while some := await names(library, entity, after=after, limit=limit):
            assert len(some) == min(limit, len(ids) - len(seen))
            seen += some
            after = ids[some[-1]]
        assert seen == whole, limit


async def test_going_on_after_a_row_that_is_gone_goes_on_at_its_time(library: Library) -> None:
    for ago in (0, 1, 2, 3):
        await library.trace(ago * HOUR, name=str(ago))
    gone = new_id(NOW - HOUR - SECOND)
    assert await names(library, "trace", after=gone) == ["2", "3"]


async def test_a_limit_beyond_one_part_is_kept(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_KEYS", 4)
    monkeypatch.setattr(search, "_ROWS", 3)
    for i in range(11):
        await library.trace(i * SECOND, name=str(i))
    expected = [str(i) for i in range(11)]
    assert await names(library, "trace", limit=100) == expected
    assert await names(library, "trace", limit=9) == expected[:9]
    assert await parts(library, "trace", limit=6) == [["0", "1", "2"], ["3"], ["4", "5"]]


async def test_large_rows_come_one_by_one_and_small_ones_together(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_PART_BYTES", 1000)
    for i, length in enumerate((10, 10, 900, 5000, 10, 10)):
        await library.trace(i * SECOND, name=str(i), input=f'"{"x" * length}"')
    whole = Shown(truncate=False)
    assert await parts(library, "trace", shown=whole) == [["0", "1", "2"], ["3"], ["4", "5"]]
    slim = Shown(exclude=frozenset(("input", "output", "metadata")))
    assert await parts(library, "trace", shown=slim) == [["0", "1", "2", "3", "4", "5"]]


async def test_a_search_is_narrowed_by_filter_time_trace_and_type(library: Library) -> None:
    trace = await library.trace(name="t")
    await library.span(trace, 1, name="a", type="llm", model="m")
    await library.span(trace, 2, name="b", type="tool")
    await library.span(new_id(), 3, name="c", type="llm", model="m")
    assert await names(library, "span", trace_id=trace) == ["a", "b"]
    assert await names(library, "span", span_type="llm") == ["a", "c"]
    assert await names(library, "span", filter=where("model", "=", "M")) == ["a", "c"]
    assert await names(library, "span", from_us=NOW - 2, to_us=NOW) == ["a", "b"]


async def test_a_wrong_filter_is_told_before_the_first_part(library: Library) -> None:
    with pytest.raises(InvalidRequestError, match="nmae"):
        await search.search(
            library.analytics,
            "trace",
            library.scope(filter=where("nmae", "=", "x")),
            Shown(),
            after=None,
            limit=1,
            now_us=NOW,
        )
