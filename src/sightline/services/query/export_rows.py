"""All that is in a slice, in an order, in parts that fit into memory, however much there is."""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Sequence
from typing import IO

import msgspec

from sightline.core.ids import Id
from sightline.domain.filter import EntityType, Sort
from sightline.services.query import search, threads
from sightline.services.query.entities import Found, Shown
from sightline.services.query.export_columns import Item
from sightline.services.query.threads import Reading
from sightline.stores.analytics import pages, sweeps, thread_pages
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.filters import check_filter
from sightline.stores.analytics.likely_hours import narrowed
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sweeps import SweptThread
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.analytics.time_filters import in_time

_BY_TIME = [Sort("start_time")]
# Finding threads costs the same for one as for all, so many are found at once.
_THREAD_KEYS = 5_000
_KEYS = 1_000
_SPANS = 1_000
_NO_END = 2**62


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is exported: a slice, or of a project those that are named, in an order.

    Without `sorting` the newest come first. `ids` are UUIDs as bytes, or ids of threads.
    """

    entity: EntityType
    scope: Scope
    lifecycle: Lifecycle
    sorting: tuple[Sort, ...] = ()
    ids: tuple[Id, ...] | None = None
    thread_ids: tuple[str, ...] | None = None
    now_us: int


async def count(analytics: Analytics, wanted: Wanted) -> int:
    """Return how many there are."""
    named = wanted.thread_ids if wanted.entity == "thread" else wanted.ids
    if named is not None:
        return len(named)
    if wanted.entity == "thread":
        return await thread_pages.count(analytics, wanted.scope, wanted.lifecycle)
    check_filter(wanted.entity, wanted.scope.filter)
    scope = await narrowed(analytics, wanted.entity, in_time(wanted.scope))
    return await pages.count(analytics, wanted.entity, scope)


async def entities(
    analytics: Analytics, wanted: Wanted, shown: Shown, folder: str | None
) -> AsyncIterator[list[Found]]:
    """Yield traces or spans in parts.

    `folder` is where the keys of a slice that must be sorted are kept meanwhile. Raises
    `InvalidRequestError` for a filter that cannot be, before the first part.
    """
    entity: Entity = "span" if wanted.entity == "span" else "trace"
    workspace_id = wanted.scope.workspace_id
    check_filter(entity, wanted.scope.filter)
    if wanted.ids is not None:
        async for keys in _named(analytics, entity, wanted, wanted.ids):
            async for part in search.in_parts(analytics, entity, workspace_id, keys, shown):
                yield part
        return
    if not wanted.sorting or list(wanted.sorting) == _BY_TIME:
        parts = await search.search(
            analytics, entity, wanted.scope, shown, after=None, limit=_NO_END, now_us=wanted.now_us
        )
        async for part in parts:
            yield part
        return
    with tempfile.TemporaryFile(dir=folder) as file:
        scope = await narrowed(analytics, entity, in_time(wanted.scope))
        await sweeps.write_sorted(analytics, entity, scope, wanted.sorting, file.write)
        async for lines in _lines(file, _KEYS):
            keys = sweeps.read_keys(lines)
            async for part in search.in_parts(analytics, entity, workspace_id, keys, shown):
                yield part


async def spans_of(
    analytics: Analytics, workspace_id: Id, trace_ids: Sequence[Id], shown: Shown
) -> AsyncIterator[list[Found]]:
    """Yield the spans of some traces in parts, in whatever project they are."""
    last: Key | None = None
    while True:
        keys = await sweeps.spans_of(analytics, workspace_id, trace_ids, after=last, limit=_SPANS)
        async for part in search.in_parts(analytics, "span", workspace_id, keys, shown):
            yield part
        if len(keys) < _SPANS:
            return
        last = keys[-1]


async def conversations(
    analytics: Analytics, wanted: Wanted, reading: Reading, folder: str | None
) -> AsyncIterator[list[Item]]:
    """Yield threads in parts; raises as `entities`."""
    workspace_id = wanted.scope.workspace_id
    async for swept in _threads(analytics, wanted, folder):
        found = [thread.found for thread in swept]
        async for part in threads.in_parts(analytics, workspace_id, found, reading):
            yield list(part)


async def _threads(
    analytics: Analytics, wanted: Wanted, folder: str | None
) -> AsyncIterator[list[SweptThread]]:
    scope, lifecycle = wanted.scope, wanted.lifecycle
    if wanted.thread_ids is not None:
        for start in range(0, len(wanted.thread_ids), _KEYS):
            some = wanted.thread_ids[start : start + _KEYS]
            yield await sweeps.threads(analytics, scope, lifecycle, thread_ids=some, limit=_KEYS)
        return
    if wanted.sorting:
        with tempfile.TemporaryFile(dir=folder) as file:
            await sweeps.write_sorted_threads(
                analytics, scope, lifecycle, wanted.sorting, file.write
            )
            async for lines in _lines(file, _THREAD_KEYS):
                yield sweeps.read_threads(lines)
        return
    before: Id | None = None
    while True:
        found = await sweeps.threads(analytics, scope, lifecycle, before=before, limit=_THREAD_KEYS)
        if found:
            yield found
        if len(found) < _THREAD_KEYS:
            return
        before = found[-1].thread_model_id


async def _named(
    analytics: Analytics, entity: Entity, wanted: Wanted, ids: tuple[Id, ...]
) -> AsyncIterator[list[Key]]:
    for start in range(0, len(ids), _KEYS):
        some = ids[start : start + _KEYS]
        scope = Scope(
            workspace_id=wanted.scope.workspace_id,
            project_ids=wanted.scope.project_ids,
            ids=some,
        )
        found = await pages.find_newest(analytics, entity, scope, limit=_KEYS, now_us=wanted.now_us)
        by_id = {key.id: key for key in found}
        yield [by_id[id] for id in some if id in by_id]


async def _lines(file: IO[bytes], size: int) -> AsyncIterator[list[bytes]]:
    await asyncio.to_thread(file.seek, 0)
    while lines := await asyncio.to_thread(lambda: list(itertools.islice(file, size))):
        yield lines
