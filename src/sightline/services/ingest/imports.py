"""Takes in what an export wrote, batch by batch, by the door that all writes use.

Ids are kept, so that an import that is repeated, or was cut short and is sent again, stores nothing
twice. In a workspace an id names one thing: what is imported into a second project beside the
first becomes a copy, with ids that follow from the old ones and the project.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, SightlineError
from sightline.core.ids import Id, derived_id, format_id, new_id, time_ms
from sightline.core.log import get_logger
from sightline.domain.workspace import Principal
from sightline.domain.writes import ScoreWrite, SpanWrite, TraceWrite
from sightline.services.ingest.scored import Places
from sightline.services.ingest.service import Ingest
from sightline.stores.analytics import comments, places, threads
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.comments import Comment
from sightline.stores.analytics.current import Place
from sightline.stores.analytics.engine import Analytics
from sightline.wire.opik import exported
from sightline.wire.opik.exported import Line

log = get_logger(__name__)

Ids = Literal["auto", "keep", "new"]

# How long a batch waits for a store that does not take it now.
_PATIENCE_S = 120.0


class Counts(msgspec.Struct, kw_only=True):
    """What was taken in; a score of two authors is two."""

    traces: int = 0
    spans: int = 0
    threads: int = 0
    scores: int = 0
    comments: int = 0


class Import:
    """One import into a project. `are_ids_new` says that it makes a copy, once that is decided."""

    def __init__(
        self,
        ingest: Ingest,
        analytics: Analytics,
        clock: Clock,
        who: Principal,
        project_id: Id,
        ids: Ids = "auto",
    ) -> None:
        self._ingest = ingest
        self._analytics = analytics
        self._clock = clock
        self._who = who
        self._project_id = project_id
        self._is_decided = ids != "auto"
        self._has_traces = False
        self.are_ids_new = ids == "new"
        self.counts = Counts()

    async def take(self, batch: Sequence[Line]) -> None:
        """Store a batch; returns when it is on disk.

        Raises `ConflictError` for ids that another project has when ids are to be kept, and what
        ingest raises for what it does not take, or when it has had no room for minutes.
        """
        traces = [line.trace for line in batch if line.trace is not None]
        spans = [line.span for line in batch if line.span is not None]
        await self._decide(traces, spans)
        for trace in traces:
            trace.project_id = self._project_id
        for span in spans:
            span.project_id = self._project_id
        if self.are_ids_new:
            self._rename(batch, traces, spans)
        scores = [score for line in batch for score in line.scores]
        for score in scores:
            score.project_id = self._project_id
        said = [row for line in batch for row in self._comments(line)]
        await self._patiently(lambda: self._ingest.write_traces(self._who, traces, patient=True))
        await self._patiently(
            lambda: self._ingest.write_spans(self._who, spans, whole=True, patient=True)
        )
        places = self._places(batch)
        await self._patiently(
            lambda: self._ingest.write_scores(self._who, scores, places, patient=True)
        )
        await self._commit("comments", said)
        tagged = [self._thread(line) for line in batch if line.thread_tags is not None]
        await self._commit("threads", tagged)
        self._count(batch, traces, spans, scores, said)

    async def _decide(self, traces: Sequence[TraceWrite], spans: Sequence[SpanWrite]) -> None:
        """Find out from what comes first whether this is a copy; never change it later."""
        if self.are_ids_new:
            return
        self._has_traces = self._has_traces or bool(traces)
        entity: Entity = "trace" if traces else "span"
        ids = [write.id for write in (traces or spans)]
        if not traces and self._has_traces:
            # Spans follow the traces that they belong to.
            return
        taken = await places.elsewhere(
            self._analytics, entity, self._who.workspace_id, self._project_id, ids
        )
        if taken and self._is_decided:
            raise ConflictError(
                f"{entity.capitalize()} {format_id(taken[0])} is in another project already",
                hint="Import with `ids=new` to make a copy",
            )
        self.are_ids_new = bool(taken)
        self._is_decided = True

    def _rename(
        self, batch: Sequence[Line], traces: Sequence[TraceWrite], spans: Sequence[SpanWrite]
    ) -> None:
        for trace in traces:
            trace.id = self._new(trace.id)
        for span in spans:
            span.id, span.trace_id = self._new(span.id), self._new(span.trace_id)
            if span.parent_span_id is not None:
                span.parent_span_id = self._new(span.parent_span_id)
        for line in batch:
            write = line.trace or line.span
            if write is None:
                continue
            for score in line.scores:
                score.entity_id = format_id(write.id)
            for comment in line.comments:
                comment.id = None if comment.id is None else self._new(comment.id)

    def _new(self, id: Id) -> Id:
        """Return the id of the copy in this project: always the same, and as old as the first."""
        made_ms = time_ms(id)
        if made_ms is not None:
            return derived_id(made_ms, self._project_id.hex(), id.hex())
        digest = bytearray(hashlib.sha256(self._project_id + id).digest()[:16])
        # Version 8: an id that does not tell the time.
        digest[6] = 0x80 | digest[6] & 0x0F
        digest[8] = 0x80 | digest[8] & 0x3F
        return bytes(digest)

    def _places(self, batch: Sequence[Line]) -> Places:
        """Return where what is scored is: just stored, of this project."""
        found: dict[tuple[str, str], list[Place]] = {}
        for line in batch:
            write = line.span or line.trace
            if write is None:
                continue
            trace_id = write.trace_id if isinstance(write, SpanWrite) else write.id
            for score in line.scores:
                place = Place(self._project_id, trace_id)
                found[score.entity_type, score.entity_id] = [place]
        return found

    def _comments(self, line: Line) -> list[bytes]:
        write = line.trace or line.span
        if write is None:
            return []
        kind = "trace" if line.trace is not None else "span"
        return [self._comment(kind, write.id, comment) for comment in line.comments]

    def _comment(self, kind: str, entity_id: Id, said: exported.Comment) -> bytes:
        comment = Comment(
            id=said.id or new_id(),
            project_id=self._project_id,
            entity_type=kind,
            entity_id=entity_id,
            text=said.text,
            created_by=said.created_by or self._who.user,
            created_at_us=said.created_at_us,
            last_updated_by=said.last_updated_by or self._who.user,
            last_updated_us=said.last_updated_us,
        )
        return comments.encode(comment, self._who.workspace_id)

    def _thread(self, line: Line) -> bytes:
        return threads.encode_update(
            self._who.workspace_id,
            self._project_id,
            line.thread_id or "",
            user=self._who.user,
            now_us=line.version_us,
            tags=line.thread_tags,
        )

    async def _commit(self, table: str, rows: list[bytes]) -> None:
        if rows:
            data = b"".join(rows)
            await self._patiently(lambda: self._ingest.commit(table, data, len(rows), patient=True))

    async def _patiently(self, write: Callable[[], Awaitable[None]]) -> None:
        """Wait for a store that is away or busy: whoever imports is in no hurry."""
        waited_s = 0.0
        while True:
            try:
                await write()
                return
            except SightlineError as error:
                pause_s = float(error.retry_after_s or 1)
                if not error.retryable or waited_s + pause_s > _PATIENCE_S:
                    raise
                log.info("import.waits", code=error.code, seconds=pause_s)
                await asyncio.sleep(pause_s)
                waited_s += pause_s

    def _count(
        self,
        batch: Sequence[Line],
        traces: Sequence[TraceWrite],
        spans: Sequence[SpanWrite],
        scores: Sequence[ScoreWrite],
        said: Sequence[bytes],
    ) -> None:
        self.counts.traces += len(traces)
        self.counts.spans += len(spans)
        self.counts.scores += len(scores)
        self.counts.comments += len(said)
        self.counts.threads += sum(line.thread_id is not None for line in batch)
