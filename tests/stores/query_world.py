"""A workspace of its own with hand-made traces and spans, written straight into the tables."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from sightline.core.clock import FakeClock
from sightline.core.ids import Id, new_id
from sightline.domain.filter import EVERYTHING, And, Condition, Filter, Sort
from sightline.domain.writes import GuardrailWrite, ScoreWrite, SpanWrite, TraceWrite
from sightline.services.query import entities
from sightline.services.query.entities import Found, Shown
from sightline.stores.analytics import rollup_units, row_binary
from sightline.stores.analytics.columns import Entity, column
from sightline.stores.analytics.comments import Comment
from sightline.stores.analytics.comments import encode as encode_comment
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import relation
from sightline.stores.analytics.rollup_units import Unit, unit_of
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder

NOW = 1_790_000_000_000_000
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR


class Library:
    """Times are µs before `NOW`, which is now. Fields are those of the writes."""

    def __init__(self, analytics: Analytics) -> None:
        self.analytics = analytics
        self.workspace_id = new_id()
        self.project_id = new_id()
        self._kept: list[tuple[Entity, bytes, Id, Id | None]] | None = None

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[None]:
        """Write the traces and spans of a block together at its end: one insert for each kind."""
        self._kept = []
        yield
        kept, self._kept = self._kept, None
        for entity, project_id in dict.fromkeys((one[0], one[3]) for one in kept):
            some = [one for one in kept if (one[0], one[3]) == (entity, project_id)]
            rows = b"".join(rows for _, rows, _, _ in some)
            await self.write(entity, rows, [id for _, _, id, _ in some], project_id)

    async def trace(self, ago: int = 0, **fields: Any) -> Id:
        start = NOW - ago
        given: dict[str, Any] = {
            "id": new_id(start),
            "project_id": self.project_id,
            "version_us": start,
            "start_time_us": start,
        }
        write = TraceWrite(**(given | fields))
        row = row_binary.encode_trace(write, self.workspace_id, "ann", start)
        await self._write_one("trace", row, write.id, write.project_id)
        return write.id

    async def span(self, trace_id: Id, ago: int = 0, cost: str | None = None, **fields: Any) -> Id:
        start = NOW - ago
        given: dict[str, Any] = {
            "id": new_id(start),
            "trace_id": trace_id,
            "project_id": self.project_id,
            "version_us": start,
            "start_time_us": start,
        }
        write = SpanWrite(**(given | fields))
        computed = None if cost is None else Decimal(cost)
        row = row_binary.encode_span(write, self.workspace_id, "ann", start, computed, "v1")
        await self._write_one("span", row, write.trace_id, write.project_id)
        return write.id

    async def _write_one(
        self, entity: Entity, row: bytes, trace_id: Id, project_id: Id | None
    ) -> None:
        if self._kept is not None:
            self._kept.append((entity, row, trace_id, project_id))
        else:
            await self.write(entity, row, [trace_id], project_id)

    async def write(
        self,
        entity: Entity,
        rows: bytes,
        trace_ids: Iterable[Id],
        project_id: Id | None = None,
    ) -> None:
        """Write encoded rows of these traces; what has no mark has no rows (ADR 17)."""
        place = (self.workspace_id, project_id or self.project_id)
        units = {Unit(*place, unit_of(id)) for id in trace_ids}
        columns = row_binary.TRACE_COLUMNS if entity == "trace" else row_binary.SPAN_COLUMNS
        if not await rollup_units.is_ready(self.analytics):
            await rollup_units.seed(self.analytics, NOW)
        async with rollup_units.changing(self.analytics, units, FakeClock(NOW)):
            await self.analytics.insert(f"{entity}s", columns, rows)

    async def score(
        self, entity: Entity, id: Id, name: str, value: str, author: str = "ann", **fields: Any
    ) -> None:
        given: dict[str, Any] = {"version_us": NOW, "project_id": self.project_id}
        write = ScoreWrite(
            entity_type=entity,
            entity_id=id.hex(),
            name=name,
            value=Decimal(value),
            author=author,
            **(given | fields),
        )
        row = row_binary.encode_score(write, self.workspace_id, NOW)
        await self.analytics.insert("feedback_scores", row_binary.SCORE_COLUMNS, row)

    async def check(self, trace_id: Id, span_id: Id, name: str, result: str) -> None:
        write = GuardrailWrite(
            id=new_id(),
            entity_id=trace_id,
            secondary_id=span_id,
            name=name,
            result=result,
            version_us=NOW,
            project_id=self.project_id,
        )
        row = row_binary.encode_guardrail(write, self.workspace_id, NOW)
        await self.analytics.insert("guardrails", row_binary.GUARDRAIL_COLUMNS, row)

    async def comment(self, entity: Entity, id: Id, text: str, *, deleted: bool = False) -> None:
        comment = Comment(
            id=new_id(),
            project_id=self.project_id,
            entity_type=entity,
            entity_id=id,
            text=text,
            created_by="ann",
            created_at_us=NOW,
            last_updated_by="ann",
            last_updated_us=NOW,
        )
        row = encode_comment(comment, self.workspace_id, deleted=deleted)
        await self.analytics.insert("comments", row_binary.COMMENT_COLUMNS, row)

    def scope(self, **narrower: Any) -> Scope:
        given = {"workspace_id": self.workspace_id, "project_ids": (self.project_id,)}
        return Scope(**(given | narrower))

    async def matching(self, entity: Entity, filter: Filter, **narrower: Any) -> set[str]:
        """Return the names of what a filter finds."""
        binder = Binder()
        rows = relation(entity, self.scope(filter=filter, **narrower), ["name"], binder)
        found = await self.analytics.query(f"SELECT {column('name')} FROM {rows}", binder.params)
        names = [row[0] for row in found]
        assert len(names) == len(set(names)), "a row came twice"
        return set(names)

    async def matching_each(self, entity: Entity, filters: Sequence[Filter]) -> list[set[str]]:
        """Return the names of what each of many filters finds, asked together: that is quicker."""
        binder = Binder()
        parts = [
            f"SELECT {i}, {column('name')} FROM "
            f"{relation(entity, self.scope(filter=filter), ['name'], binder)}"
            for i, filter in enumerate(filters)
        ]
        found: list[list[str]] = [[] for _ in filters]
        for i, name in await self.analytics.query(" UNION ALL ".join(parts), binder.params):
            found[i].append(name)
        assert all(len(names) == len(set(names)) for names in found), "a row came twice"
        return [set(names) for names in found]

    async def page(
        self,
        entity: Entity,
        *sorting: Sort,
        page: int = 1,
        size: int = 100,
        shown: Shown | None = None,
        **narrower: Any,
    ) -> tuple[list[Found], int]:
        return await entities.page(
            self.analytics,
            entity,
            self.scope(**narrower),
            shown or Shown(),
            sorting=sorting,
            page=page,
            size=size,
            now_us=NOW,
        )

    async def names(self, entity: Entity, *sorting: Sort, **more: Any) -> list[str]:
        """Return the names on a page, in order."""
        found, _ = await self.page(entity, *sorting, **more)
        return [item.view.columns["name"] for item in found]


def where(field: str, operator: str, value: str = "", key: str = "") -> Condition:
    return Condition(field=field, operator=operator, value=value, key=key)  # type: ignore[arg-type]


def every(*conditions: Filter) -> Filter:
    return And(tuple(conditions)) if conditions else EVERYTHING


def ids_of(found: Sequence[Found]) -> list[Id]:
    return [item.view.id for item in found]
