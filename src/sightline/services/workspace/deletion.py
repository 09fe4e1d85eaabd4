"""Deletion is complete: what hangs on a trace goes with it, everywhere.

Order: what hangs on it first, the trace last, so that a crash in between leaves something that
can be deleted again, never orphans.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from sightline.core.clock import Clock
from sightline.core.ids import Id
from sightline.stores.analytics import rollup_units
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.sql import Binder, id_list, id_literal

# Ids in one statement: a few thousand literals stay well under the engine's query size limit.
_CHUNK = 2000
# What is known of a project; its units stay, for they say that nothing of it holds any more.
_TABLES = (
    *("feedback_scores", "comments", "guardrails", "threads", "spans", "traces"),
    *rollup_units.OF_UNITS,
)


class Attachments(Protocol):
    """Removes attachments, rows and blobs."""

    async def delete_for_entities(
        self, workspace_id: Id, entity_type: str, ids: Sequence[Id]
    ) -> None: ...


class Deletion:
    """Deletes traces, spans, threads and projects with all that hangs on them."""

    def __init__(
        self,
        analytics: Analytics,
        attachments: Attachments,
        clock: Clock,
        forget_threads: Callable[[], None] = lambda: None,
        tell: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """`forget_threads` and `tell` say here and to other processes that threads are gone."""
        self._analytics = analytics
        self._attachments = attachments
        self._clock = clock
        self._forget_threads = forget_threads
        self._tell = tell

    async def delete_traces(
        self, workspace_id: Id, ids: Sequence[Id], project_id: Id | None = None
    ) -> None:
        """Delete traces, their spans, scores, comments, guardrail checks and attachments."""
        for start in range(0, len(ids), _CHUNK):
            await self._delete_some_traces(workspace_id, ids[start : start + _CHUNK], project_id)

    async def _delete_some_traces(
        self, workspace_id: Id, ids: Sequence[Id], project_id: Id | None
    ) -> None:
        where = f"workspace_id = {id_literal(workspace_id)}"
        place = f" AND project_id = {id_literal(project_id)}" if project_id else ""
        if project_id:
            rows = await self._analytics.query(
                f"SELECT DISTINCT id FROM traces WHERE {where}{place} AND id IN {id_list(ids)}"
            )
            ids = [row[0] for row in rows]
        if not ids:
            return
        units = await rollup_units.of_traces(self._analytics, workspace_id, ids)
        async with rollup_units.changing(self._analytics, units, self._clock):
            await self._delete_spans_of(where, workspace_id, ids)
            await self._annotations(where, workspace_id, "trace", ids)
            await self._analytics.delete("guardrails", f"{where} AND entity_id IN {id_list(ids)}")
            for table in ("traces", "resting_traces"):
                await self._analytics.delete(table, f"{where}{place} AND id IN {id_list(ids)}")

    async def _delete_spans_of(self, where: str, workspace_id: Id, traces: Sequence[Id]) -> None:
        rows = await self._analytics.query(
            f"SELECT DISTINCT id FROM spans WHERE {where} AND trace_id IN {id_list(traces)}"
        )
        spans = [row[0] for row in rows]
        for start in range(0, len(spans), _CHUNK):
            await self._annotations(where, workspace_id, "span", spans[start : start + _CHUNK])
        if spans:
            for table in ("spans", "resting_spans"):
                await self._analytics.delete(table, f"{where} AND trace_id IN {id_list(traces)}")

    async def delete_spans(self, workspace_id: Id, ids: Sequence[Id]) -> None:
        """Delete spans with their scores, comments and attachments."""
        where = f"workspace_id = {id_literal(workspace_id)}"
        for start in range(0, len(ids), _CHUNK):
            some = ids[start : start + _CHUNK]
            rows = await self._analytics.query(
                f"SELECT DISTINCT trace_id FROM spans WHERE {where} AND id IN {id_list(some)}"
            )
            traces = [row[0] for row in rows]
            units = await rollup_units.of_traces(self._analytics, workspace_id, traces)
            async with rollup_units.changing(self._analytics, units, self._clock):
                await self._annotations(where, workspace_id, "span", some)
                for table in ("spans", "resting_spans"):
                    await self._analytics.delete(table, f"{where} AND id IN {id_list(some)}")

    async def delete_threads(
        self, workspace_id: Id, project_id: Id, thread_ids: Sequence[str]
    ) -> None:
        """Delete threads of a project: their traces, scores, comments and what is known of them."""
        where = f"workspace_id = {id_literal(workspace_id)}"
        place = f"{where} AND project_id = {id_literal(project_id)}"
        for start in range(0, len(thread_ids), _CHUNK):
            binder = Binder()
            some = binder.add(list(thread_ids[start : start + _CHUNK]), "Array(String)")
            rows = await self._analytics.query(
                f"SELECT id FROM traces FINAL WHERE {place} AND thread_id IN {some}",
                binder.params,
            )
            await self.delete_traces(workspace_id, [row[0] for row in rows], project_id)
            models = await self._analytics.query(
                f"SELECT thread_model_id FROM threads FINAL WHERE {place} AND thread_id IN {some}",
                binder.params,
            )
            if models:
                await self._analytics.delete(
                    "comments",
                    f"{where} AND entity_type = 'thread' "
                    f"AND entity_id IN {id_list([m[0] for m in models])}",
                )
            await self._analytics.delete(
                "feedback_scores",
                f"{place} AND entity_type = 'thread' AND entity_id IN {some}",
                binder.params,
            )
            await self._analytics.delete(
                "threads", f"{place} AND thread_id IN {some}", binder.params
            )
        await self._threads_are_gone()

    async def delete_projects(self, workspace_id: Id, project_ids: Sequence[Id]) -> None:
        """Delete everything that projects hold in the analytics store, with its attachments."""
        where = (
            f"workspace_id = {id_literal(workspace_id)} AND project_id IN {id_list(project_ids)}"
        )
        for entity, table in (("trace", "traces"), ("span", "spans")):
            rows = await self._analytics.query(f"SELECT DISTINCT id FROM {table} WHERE {where}")
            ids = [row[0] for row in rows]
            for start in range(0, len(ids), _CHUNK):
                await self._attachments.delete_for_entities(
                    workspace_id, entity, ids[start : start + _CHUNK]
                )
        units = await rollup_units.of_projects(self._analytics, workspace_id, project_ids)
        async with rollup_units.changing(self._analytics, units, self._clock):
            for table in _TABLES:
                await self._analytics.delete(table, where)
        await self._threads_are_gone()

    async def _threads_are_gone(self) -> None:
        self._forget_threads()
        if self._tell is not None:
            await self._tell("")

    async def _annotations(
        self, where: str, workspace_id: Id, entity_type: str, ids: Sequence[Id]
    ) -> None:
        await self._attachments.delete_for_entities(workspace_id, entity_type, ids)
        for table in ("feedback_scores", "comments"):
            await self._analytics.delete(
                table,
                f"{where} AND entity_type = '{entity_type}' AND entity_id IN {id_list(ids)}",
            )
