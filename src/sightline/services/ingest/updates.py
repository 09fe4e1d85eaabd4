"""PATCH and single POST: the writes whose REST meaning depends on what is there already."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, UnprocessableError
from sightline.core.ids import Id
from sightline.domain.ports import Projects
from sightline.domain.workspace import DEFAULT_PROJECT, Principal
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.ingest.service import Ingest
from sightline.stores.analytics import current
from sightline.stores.analytics.engine import Analytics
from sightline.stores.catalog.locks import Locks

MAX_TAGS = 50
# Below any client's clock: a create that comes after its own update fills what is missing only.
_FILLS_ONLY_US = 1
_STRIPES = 1024


class TagChange:
    """What a PATCH does to tags: add, remove, or (merge) join the given ones to those there."""

    def __init__(
        self, add: list[str] | None, remove: list[str] | None, *, merge: bool = False
    ) -> None:
        self.add = add or []
        self.remove = set(remove or [])
        self.merge = merge

    def depends(self, given: list[str] | None) -> bool:
        """Say whether the tags to write depend on those there."""
        return bool(self.add or self.remove) if given is None else self.merge

    def apply(self, there: list[str], given: list[str] | None) -> list[str] | None:
        """Return the tags to write, or None when nothing is said of them."""
        if given is None and not self.add and not self.remove:
            return None
        base = there if given is None else ([*there, *given] if self.merge else given)
        tags = [t for t in dict.fromkeys([*base, *self.add]) if t not in self.remove]
        if len(tags) > MAX_TAGS:
            text = f"tags Tag limit exceeded: maximum {MAX_TAGS} tags per item"
            raise UnprocessableError(text, fields=[text])
        return tags


class Updates:
    """Reads what is there, decides, writes. One update of an entity at a time in this process.

    Updates that add or take away tags take turns in all processes, so that none undoes another. One
    that says all tags anew waits for no other process: of it and an addition at the same moment
    there, the later write stays. Those with tags raise `StoreUnavailableError` when others edit
    the same for too long.
    """

    def __init__(
        self,
        ingest: Ingest,
        analytics: Analytics,
        projects: Projects,
        clock: Clock,
        locks: Locks,
    ) -> None:
        self._ingest = ingest
        self._analytics = analytics
        self._projects = projects
        self._clock = clock
        self._tags = locks
        self._locks = [asyncio.Lock() for _ in range(_STRIPES)]

    def _lock(self, id: Id) -> asyncio.Lock:
        return self._locks[int.from_bytes(id[-4:], "big") % _STRIPES]

    def _tagging(
        self, who: Principal, writes: Sequence[TraceWrite | SpanWrite], tags: TagChange
    ) -> AbstractAsyncContextManager[None]:
        """Return the turn of an update to change tags; what says nothing of them needs none."""
        depends = any(tags.depends(w.tags) for w in writes)
        if not depends and all(w.tags is None for w in writes):
            return nullcontext()
        return self._tags.hold(who.workspace_id, [w.id for w in writes], everywhere=depends)

    async def create_trace(self, who: Principal, write: TraceWrite, *, dated: bool) -> None:
        """Store one full trace.

        `dated` says that the client gave `last_updated_at`. Raises `ConflictError` when the trace
        is there already in full, unless this is its end.
        """
        async with self._lock(write.id):
            there = (await current.traces(self._analytics, who.workspace_id, [write.id])).get(
                write.id
            )
            if there is not None:
                if not there.is_partial and not (dated and _ends(write, there)):
                    raise ConflictError("Trace already exists")
                await self._same_project(who, write, there.project_id, "trace")
                if not dated:
                    write.version_us = _FILLS_ONLY_US
            await self._ingest.write_traces(who, [write])

    async def create_span(self, who: Principal, write: SpanWrite, *, dated: bool) -> None:
        """Store one full span; one that is there already in full only takes its end."""
        async with self._lock(write.id):
            there = (await current.spans(self._analytics, who.workspace_id, [write.id])).get(
                write.id
            )
            if there is not None:
                if not there.is_partial and not (dated and _ends(write, there)):
                    return
                self._same_trace(write, there.trace_id)
                await self._same_project(who, write, there.project_id, "span")
                if not dated:
                    write.version_us = _FILLS_ONLY_US
            await self._ingest.write_spans(who, [write])

    async def update_trace(self, who: Principal, write: TraceWrite, tags: TagChange) -> None:
        """Apply a PATCH; a trace that is not there yet is begun by it."""
        async with self._lock(write.id), self._tagging(who, [write], tags):
            there = (await current.traces(self._analytics, who.workspace_id, [write.id])).get(
                write.id
            )
            if there is not None:
                await self._same_project(who, write, there.project_id, "trace")
                write.version_us = max(write.version_us, there.last_updated_us + 1)
            write.tags = tags.apply(there.tags if there else [], write.tags)
            await self._ingest.write_traces(who, [write])

    async def update_span(self, who: Principal, write: SpanWrite, tags: TagChange) -> None:
        """Apply a PATCH; a span that is not there yet is begun by it."""
        async with self._lock(write.id), self._tagging(who, [write], tags):
            there = (await current.spans(self._analytics, who.workspace_id, [write.id])).get(
                write.id
            )
            if there is not None:
                self._same_trace(write, there.trace_id)
                await self._same_project(who, write, there.project_id, "span")
                if (
                    not there.is_partial
                    and write.parent_span_id is not None
                    and write.parent_span_id != there.parent_span_id
                ):
                    raise ConflictError("parent_span_id does not match the existing span")
                write.version_us = max(write.version_us, there.last_updated_us + 1)
            write.tags = tags.apply(there.tags if there else [], write.tags)
            await self._ingest.write_spans(who, [write])

    async def update_traces(
        self, who: Principal, writes: Sequence[TraceWrite], tags: TagChange
    ) -> None:
        """Apply one update to many traces (`PATCH traces/batch`); unknown ids are passed over."""
        async with self._tagging(who, writes, tags):
            there = await current.traces(self._analytics, who.workspace_id, [w.id for w in writes])
            known = [w for w in writes if w.id in there]
            for write in known:
                now = there[write.id]
                write.project_id = now.project_id
                write.version_us = max(write.version_us, now.last_updated_us + 1)
                write.tags = tags.apply(now.tags, write.tags)
            await self._ingest.write_traces(who, known)

    async def update_spans(
        self, who: Principal, writes: Sequence[SpanWrite], tags: TagChange
    ) -> None:
        """Apply one update to many spans (`PATCH spans/batch`); unknown ids are passed over."""
        async with self._tagging(who, writes, tags):
            there = await current.spans(self._analytics, who.workspace_id, [w.id for w in writes])
            known = [w for w in writes if w.id in there]
            for write in known:
                now = there[write.id]
                write.project_id = now.project_id
                write.trace_id = now.trace_id
                write.parent_span_id = None
                write.version_us = max(write.version_us, now.last_updated_us + 1)
                write.tags = tags.apply(now.tags, write.tags)
            await self._ingest.write_spans(who, known)

    async def _same_project(
        self, who: Principal, write: TraceWrite | SpanWrite, project_id: Id, kind: str
    ) -> None:
        if write.project_id is None and write.project_name is None:
            # Not said is no contradiction.
            write.project_id = project_id
            return
        if write.project_id is None:
            name = write.project_name or DEFAULT_PROJECT
            ids = await self._projects.project_ids(who.workspace_id, [name])
            write.project_id = ids[name]
        if write.project_id != project_id:
            raise ConflictError(f"Project name and workspace name do not match the existing {kind}")

    @staticmethod
    def _same_trace(write: SpanWrite, trace_id: Id) -> None:
        if write.trace_id != trace_id:
            raise ConflictError("trace_id does not match the existing span")


def _ends(write: TraceWrite | SpanWrite, there: current.CurrentTrace | current.CurrentSpan) -> bool:
    """Say whether a full item is the end of one that has none.

    Opik's `@track` without batching sends start and end as two full items with one id. Refused, the
    second would be lost in silence: the client takes a 409 for its own repetition.
    """
    return (
        write.end_time_us is not None
        and not there.has_ended
        and write.version_us > there.last_updated_us
    )
