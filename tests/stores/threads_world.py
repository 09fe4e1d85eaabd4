"""A small world for tests of threads: a workspace of its own and a clock that stands still."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.clock import FakeClock
from sightline.core.ids import Id, new_id
from sightline.domain.filter import And, Condition, Sort
from sightline.domain.workspace import Principal
from sightline.domain.writes import ScoreWrite, SpanWrite, TraceWrite
from sightline.services.ingest.annotations import Annotations
from sightline.services.ingest.options import IngestOptions
from sightline.services.ingest.service import Ingest
from sightline.services.query import threads
from sightline.services.query.threads import Reading, ThreadView
from sightline.services.workspace.thread_marks import ThreadMarks
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.catalog.locks import Locks

NOW = 1_790_000_000_000_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
TIMEOUT_US = 15 * MINUTE


class NamedProjects:
    """Each name is a project of its own."""

    def __init__(self) -> None:
        self.ids: dict[str, Id] = {}

    async def project_ids(self, workspace_id: Id, names: Iterable[str]) -> dict[str, Id]:
        return {name: self.ids.setdefault(name, new_id()) for name in names}


class CentAToken:
    """A cent a token; the price of the model `unknown` is not known."""

    version = "test-1"

    def cost_usd(
        self, provider: str | None, model: str | None, usage: dict[str, int]
    ) -> Decimal | None:
        return None if model == "unknown" else Decimal(usage.get("total_tokens", 0)) / 100


class NoMedia:
    def has_media(self, write: Any) -> bool:
        return False

    async def extract(self, workspace_id: bytes, write: Any, user: str) -> None:
        raise AssertionError("never called")


class World:
    """Times are seconds after `NOW`, where the clock stands at first."""

    def __init__(self, analytics: Analytics, ingest: Ingest, clock: FakeClock) -> None:
        self.analytics = analytics
        self.ingest = ingest
        self.clock = clock
        self.who = Principal(workspace_id=new_id(), workspace_name="w", user="ann")
        self.marks = ThreadMarks(ingest, analytics, clock, Locks())
        self.annotations = Annotations(ingest, analytics, clock)
        self.project_id = b""

    async def turn(self, thread_id: str | None, at: float = 0, **said: Any) -> Id:
        """Store one trace of a thread, a second long unless said otherwise; return its id."""
        start_us = NOW + round(at * SECOND)
        fields: dict[str, Any] = {
            "id": new_id(),
            "version_us": self.clock.now_us(),
            "project_name": "p",
            "start_time_us": start_us,
            "end_time_us": start_us + SECOND,
            "input": f'"asked at {at:g}"',
            "output": f'"answered at {at:g}"',
            "thread_id": thread_id,
        }
        write = TraceWrite(**(fields | said))
        await self.ingest.write_traces(self.who, [write])
        if write.project_name == "p":
            self.project_id = write.project_id or b""
        return write.id

    async def call(self, trace_id: Id, tokens: int, **said: Any) -> None:
        """Store one span of a trace that used so many tokens."""
        fields: dict[str, Any] = {
            "id": new_id(),
            "trace_id": trace_id,
            "version_us": self.clock.now_us(),
            "project_name": "p",
            "type": "llm",
            "model": "m",
            "provider": "x",
            "usage": {"total_tokens": tokens},
        }
        await self.ingest.write_spans(self.who, [SpanWrite(**(fields | said))])

    async def score(self, thread_id: str, name: str, value: str, author: str = "ann") -> None:
        write = ScoreWrite(
            entity_type="thread",
            entity_id=thread_id,
            name=name,
            value=Decimal(value),
            version_us=self.clock.now_us(),
            author=author,
            project_id=self.project_id,
        )
        await self.annotations.write_scores(self.who, [write])

    @property
    def lifecycle(self) -> Lifecycle:
        return Lifecycle(now_us=self.clock.now_us(), timeout_us=TIMEOUT_US)

    def reading(self, *, truncate: bool = False) -> Reading:
        return Reading(lifecycle=self.lifecycle, truncate=truncate)

    def scope(self, *conditions: Condition, **more: Any) -> Scope:
        filter = more.pop("filter", And(conditions))
        base = Scope(
            workspace_id=self.who.workspace_id, project_ids=(self.project_id,), filter=filter
        )
        return msgspec.structs.replace(base, **more)

    async def one(self, thread_id: str, *, truncate: bool = False) -> ThreadView:
        return await threads.one(
            self.analytics,
            self.who.workspace_id,
            self.project_id,
            thread_id,
            self.reading(truncate=truncate),
        )

    async def page(
        self, scope: Scope, *sorting: Sort, page: int = 1, size: int = 100
    ) -> tuple[list[ThreadView], int]:
        return await threads.page(
            self.analytics, scope, self.reading(), sorting=sorting, page=page, size=size
        )

    async def ids(self, scope: Scope, *sorting: Sort) -> list[str]:
        views, total = await self.page(scope, *sorting)
        assert total == len(views)
        return [view.thread.id for view in views]

    async def matching(self, *conditions: Condition, **more: Any) -> set[str]:
        return set(await self.ids(self.scope(*conditions, **more)))


@contextlib.asynccontextmanager
async def world(analytics: Analytics) -> AsyncIterator[World]:
    """Open a world in a workspace of its own."""
    clock = FakeClock(NOW)
    ingest = Ingest(analytics, NamedProjects(), CentAToken(), NoMedia(), clock, IngestOptions())
    ingest.start()
    try:
        yield World(analytics, ingest, clock)
    finally:
        await ingest.stop()


def where(field: str, operator: Any, value: str = "", key: str = "") -> Condition:
    return Condition(field=field, operator=operator, value=value, key=key)
