"""Accepts writes: names the project, cuts out media, prices, encodes, commits."""

import asyncio
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sightline.core.clock import Clock
from sightline.core.errors import PayloadTooLargeError
from sightline.core.ids import NIL, Id, new_id
from sightline.core.tasks import TaskGroup
from sightline.domain.ingest_ledger import note_stored
from sightline.domain.ports import Arrivals, MediaSink, Prices, Projects
from sightline.domain.workspace import DEFAULT_PROJECT, Principal
from sightline.domain.writes import GuardrailWrite, ScoreWrite, SpanWrite, TraceWrite
from sightline.services.ingest import scored
from sightline.services.ingest.committer import Committer, Figures
from sightline.services.ingest.options import IngestOptions
from sightline.services.ingest.scored import Places
from sightline.stores.analytics import repricing, rollup_units, row_binary, threads
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.journaled import Journaled
from sightline.stores.analytics.rollup_units import Unit, unit_of

_TABLES = {
    "traces": row_binary.TRACE_COLUMNS,
    "spans": row_binary.SPAN_COLUMNS,
    "feedback_scores": row_binary.SCORE_COLUMNS,
    "comments": row_binary.COMMENT_COLUMNS,
    "guardrails": row_binary.GUARDRAIL_COLUMNS,
    "threads": row_binary.THREAD_COLUMNS,
}
# Those that get many rows.
_JOURNALED = {"traces", "spans"}

# Threads seen lately need no new row for each of their traces; a row a minute keeps the time of
# the last trace near enough for closing, which is counted in minutes.
_SEEN_LIMIT = 50_000
_SEEN_FOR_US = 30_000_000


# Between so many rows other work of the loop gets its turn.
_SLICE = 64


class Ingest:
    """The one door by which rows reach the analytics store."""

    def __init__(
        self,
        analytics: Analytics,
        projects: Projects,
        prices: Prices,
        media: MediaSink,
        clock: Clock,
        options: IngestOptions,
        arrivals: Arrivals | None = None,
    ) -> None:
        self._analytics = analytics
        self._arrivals = arrivals
        self._projects = projects
        self._prices = prices
        self._media = media
        self._clock = clock
        self._options = options
        self._tasks = TaskGroup()
        self._seen: dict[tuple[Id, Id, str], int] = {}
        self._committers: dict[str, Committer] = {}

    def start(self) -> None:
        """Start the committers; call inside the running loop."""
        analytics, tasks, clock = self._analytics, self._tasks, self._clock
        self._committers = {
            table: Committer(
                analytics,
                table,
                columns,
                self._options,
                tasks,
                clock,
                Journaled(analytics, table, columns, clock, tasks)
                if table in _JOURNALED and analytics.is_embedded
                else None,
            )
            for table, columns in _TABLES.items()
        }

    async def stop(self) -> None:
        """Finish what was accepted, then stop."""
        for committer in self._committers.values():
            await committer.drain()
        await self._tasks.stop()

    def figures(self) -> dict[str, Figures]:
        """Return what was committed since the start and what waits, per table."""
        return {table: c.figures for table, c in self._committers.items()}

    async def commit(self, table: str, data: bytes, rows: int, *, patient: bool = False) -> None:
        """Commit rows already encoded for `table`. Who is `patient`, here and below, waits for
        room in the queue instead of being refused."""
        await self._committers[table].commit(data, rows, patient=patient)

    async def write_traces(
        self, who: Principal, writes: Sequence[TraceWrite], *, patient: bool = False
    ) -> None:
        """Store messages about traces; returns when they are on disk."""
        if not writes:
            return
        await self._name_projects(who, writes)
        now_us = self._clock.now_us()
        for write in writes:
            self._check_size(write)
            if self._media.has_media(write):
                await self._media.extract(who.workspace_id, write, who.user)
        rows = row_binary.Rows(who.workspace_id, who.user, now_us)
        for at, write in enumerate(writes):
            if at % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)
            rows.add_trace(write)
        data = rows.data()
        await self._see_threads(who, writes, now_us, patient)
        units = _units(who.workspace_id, {(w.project_id or NIL, w.id) for w in writes})
        await self._committers["traces"].commit(data, len(writes), units, patient=patient)
        note_stored("traces", writes)
        if self._arrivals is not None:
            self._arrivals.stored(who.workspace_id, "traces", writes)

    async def write_spans(
        self,
        who: Principal,
        writes: Sequence[SpanWrite],
        *,
        whole: bool = False,
        patient: bool = False,
    ) -> None:
        """Store messages about spans; returns when they are on disk and priced.

        `whole` says that each message has all that will be said of its span, so that a model and
        its usage need not be looked for in other messages.
        """
        if not writes:
            return
        await self._name_projects(who, writes)
        now_us = self._clock.now_us()
        rows = row_binary.Rows(who.workspace_id, who.user, now_us)
        prices = self._prices
        price_version: str | None = None
        has_media = self._media.has_media
        half_priced: list[SpanWrite] = []
        for at, write in enumerate(writes):
            if at % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)
            self._check_size(write)
            if has_media(write):
                await self._media.extract(who.workspace_id, write, who.user)
            cost: Decimal | None = None
            if write.model and write.usage:
                cost = prices.cost_usd(write.provider, write.model, write.usage)
                if cost is None and write.provider is None:
                    half_priced.append(write)
            elif write.model or write.provider or (write.usage and any(write.usage.values())):
                half_priced.append(write)
            if cost is not None and price_version is None:
                price_version = prices.version
            rows.add_span(write, cost, None if cost is None else price_version)
        units = _units(who.workspace_id, {(w.project_id or NIL, w.trace_id) for w in writes})
        data = rows.data()
        await self._committers["spans"].commit(data, len(writes), units, patient=patient)
        note_stored("spans", writes)
        if self._arrivals is not None:
            self._arrivals.stored(who.workspace_id, "spans", writes)
        if half_priced and not whole:
            await self._price_merged(who, half_priced)

    async def _price_merged(self, who: Principal, writes: Sequence[SpanWrite]) -> None:
        """Price spans whose model and usage came in different messages, from the merged rows."""
        merged = await repricing.select(
            self._analytics,
            who.workspace_id,
            [(w.project_id or b"", w.trace_id, w.id) for w in writes],
        )
        rows = []
        units = set()
        for row in merged:
            if not row.model or not row.usage:
                continue
            cost = self._prices.cost_usd(row.provider or None, row.model, row.usage)
            if cost is not None and cost != row.computed_cost:
                rows.append(repricing.encode(row, who.workspace_id, cost, self._prices.version))
                units.add(Unit(who.workspace_id, row.project_id, unit_of(row.trace_id)))
        if rows:
            await self._committers["spans"].commit(b"".join(rows), len(rows), units)

    async def write_scores(
        self,
        who: Principal,
        writes: Sequence[ScoreWrite],
        places: Places | None = None,
        *,
        patient: bool = False,
    ) -> None:
        """Store feedback scores; returns when they are on disk.

        `places` says where what is scored is, for who has looked that up.
        """
        if not writes:
            return
        await self._name_projects(who, writes)
        if places is None:
            places = await scored.places(self._analytics, who.workspace_id, writes)
        now_us = self._clock.now_us()
        for write in writes:
            write.author = write.author or who.user
        data = b"".join([row_binary.encode_score(w, who.workspace_id, now_us) for w in writes])
        units = scored.units(who.workspace_id, places)
        committer = self._committers["feedback_scores"]
        await committer.commit(data, len(writes), units, patient=patient)
        if missing := scored.missing(writes, places):
            # What has come meanwhile may have been added up without its scores.
            late = await scored.places(self._analytics, who.workspace_id, missing)
            units = scored.units(who.workspace_id, late)
            await rollup_units.mark(self._analytics, units, self._clock.now_us())
        note_stored("scores", writes)

    async def write_guardrails(self, who: Principal, writes: Sequence[GuardrailWrite]) -> None:
        """Store guardrail checks; returns when they are on disk."""
        if not writes:
            return
        await self._name_projects(who, writes)
        now_us = self._clock.now_us()
        data = b"".join([row_binary.encode_guardrail(w, who.workspace_id, now_us) for w in writes])
        await self._committers["guardrails"].commit(data, len(writes))
        note_stored("guardrails", writes)

    async def _name_projects(
        self,
        who: Principal,
        writes: Iterable[TraceWrite | SpanWrite | ScoreWrite | GuardrailWrite],
    ) -> None:
        open_writes = [w for w in writes if w.project_id is None]
        if not open_writes:
            return
        names = {w.project_name or DEFAULT_PROJECT for w in open_writes}
        ids = await self._projects.project_ids(who.workspace_id, names)
        for write in open_writes:
            write.project_id = ids[write.project_name or DEFAULT_PROJECT]

    def forget_threads(self) -> None:
        """Note every thread again when its next trace comes: some were deleted."""
        self._seen.clear()

    async def _see_threads(
        self, who: Principal, writes: Sequence[TraceWrite], now_us: int, patient: bool
    ) -> None:
        rows: dict[tuple[Id, Id, str], bytes] = {}
        for write in writes:
            if not write.thread_id or write.project_id is None:
                continue
            key = (who.workspace_id, write.project_id, write.thread_id)
            if key in rows or now_us - self._seen.get(key, 0) < _SEEN_FOR_US:
                continue
            rows[key] = threads.encode_seen(
                who.workspace_id,
                write.project_id,
                write.thread_id,
                model_id=new_id(),
                user=who.user,
                now_us=now_us,
                environment=write.environment,
            )
        if not rows:
            return
        data = b"".join(rows.values())
        await self._committers["threads"].commit(data, len(rows), patient=patient)
        if len(self._seen) + len(rows) > _SEEN_LIMIT:
            self._seen.clear()
        self._seen.update(dict.fromkeys(rows, now_us))

    def _check_size(self, write: TraceWrite | SpanWrite) -> None:
        limit = self._options.max_field_bytes
        input, output, metadata = write.input, write.output, write.metadata
        if (
            (input is None or len(input) <= limit)
            and (output is None or len(output) <= limit)
            and (metadata is None or len(metadata) <= limit)
        ):
            return
        for field, value in (("input", input), ("output", output), ("metadata", metadata)):
            if value is not None and len(value) > limit:
                raise PayloadTooLargeError(
                    f"{field} of item {write.id.hex()} is larger than {limit} bytes",
                    hint="Send large media as attachments",
                )


def _units(workspace_id: Id, traces: set[tuple[Id, Id]]) -> set[Unit]:
    """Return the units of traces, given their project and their id; many spans have few traces."""
    return {Unit(workspace_id, project, unit_of(id)) for project, id in traces}
