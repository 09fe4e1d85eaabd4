"""A payload is read part by part from its newest version, whatever it is cut through."""

import asyncio
import json

import pytest

from sightline.core.ids import Id
from sightline.stores.analytics import pages, payloads
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.payloads import Beginning
from tests.stores.query_world import NOW, SECOND, Library

TEXT = json.dumps({"text": "aé漢🎉" * 20}, ensure_ascii=False)


async def whole(world: Library, entity: Entity, id: Id, name: str, part_bytes: int) -> bytes:
    key = await pages.locate(world.analytics, entity, world.workspace_id, id)
    assert key is not None
    found = await payloads.whole(
        world.analytics, entity, world.workspace_id, key, name, part_bytes=part_bytes
    )
    if found is None:
        return b""
    parts = [part async for part in found.parts]
    assert all(len(part) <= part_bytes for part in parts)
    assert sum(map(len, parts)) == found.size_bytes
    return b"".join(parts)


@pytest.mark.parametrize("part_bytes", [1, 7, 64, 1_000])
async def test_parts_join_to_the_text_though_they_cut_through_characters(
    analytics: Analytics, part_bytes: int
) -> None:
    world = Library(analytics)
    trace = await world.trace(output=TEXT)
    span = await world.span(trace, input=TEXT)
    assert await whole(world, "trace", trace, "output", part_bytes) == TEXT.encode()
    assert await whole(world, "span", span, "input", part_bytes) == TEXT.encode()
    assert await whole(world, "span", span, "output", part_bytes) == b""


async def test_the_newest_version_counts_whatever_the_order_of_arrival(
    analytics: Analytics,
) -> None:
    world = Library(analytics)
    trace = await world.trace(output='"second"', metadata="{}", version_us=NOW)
    # Older, of the same version, and newer but silent about the output.
    await world.trace(id=trace, output='"the first"', version_us=NOW - SECOND)
    await world.trace(id=trace, output='"equal, smaller"', version_us=NOW)
    await world.trace(id=trace, name="renamed", version_us=NOW + SECOND)
    assert await whole(world, "trace", trace, "output", 3) == b'"second"'
    key = await pages.locate(analytics, "trace", world.workspace_id, trace)
    assert key is not None
    found = await payloads.beginnings(
        analytics, "trace", world.workspace_id, key, ["input", "output", "metadata"], limit=3
    )
    assert found == {"output": Beginning('"se', 8), "metadata": Beginning("{}", 2)}
    assert found["metadata"].is_complete
    assert not found["output"].is_complete


async def test_a_payload_that_another_row_has_is_not_mixed_in(analytics: Analytics) -> None:
    world = Library(analytics)
    trace = await world.trace()
    spans = [await world.span(trace, output=json.dumps(f"of {i}")) for i in range(3)]
    found = await asyncio.gather(*(whole(world, "span", id, "output", 100) for id in spans))
    assert found == [b'"of 0"', b'"of 1"', b'"of 2"']
