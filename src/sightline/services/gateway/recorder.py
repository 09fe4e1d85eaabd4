"""Takes finished calls out of the spool and brings them where they belong.

In order: traces and spans to the store, what was spent to the keys, then to broadcast; only then is
the group done. A crash in between repeats the group: ids, and the group's key, make that harmless.
"""

import asyncio
import contextlib
import hashlib
import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from sightline.core.errors import SightlineError
from sightline.core.ids import NIL, Id
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.domain.client_name import UNNAMED, said_name
from sightline.domain.gateway import Broadcast
from sightline.domain.generation import Generation
from sightline.domain.ingest_ledger import STORED, Counts, Outcome, Place, reason_of
from sightline.domain.workspace import (
    DEFAULT_PROJECT,
    DEFAULT_USER,
    DEFAULT_WORKSPACE,
    DEFAULT_WORKSPACE_ID,
    Principal,
)
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.gateway import record
from sightline.stores.spool.spool import Group, Spool
from sightline.wire.otlp.ids import opik_id

log = get_logger(__name__)

_GROUP_RECORDS = 1_000
# An insert costs much the same for ten calls as for a thousand: where many come, they are gathered
# this many times longer.
_MANY, _LONGER = 32, 5
_GROUP_BYTES = 16 * 1024 * 1024
# Between so many records other work of the loop gets its turn: a call must not wait for many.
_SLICE = 16
_RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)
# A store that is down comes back; what nobody foresaw fails each time, and others wait behind it.
_MOST_UNFORESEEN = 8
_TRACES_REMEMBERED = 50_000

_Writes = tuple[list[TraceWrite], list[SpanWrite]]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Generation)


class TraceStore(Protocol):
    """Where traces and spans go; `services.ingest.Ingest` is such."""

    async def write_traces(self, who: Principal, writes: Sequence[TraceWrite]) -> None: ...

    async def write_spans(
        self, who: Principal, writes: Sequence[SpanWrite], *, whole: bool = False
    ) -> None: ...


class TraceLedger(Protocol):
    """Settles which of our trace ids a foreign 16-byte id is, for all processes."""

    async def settle(
        self, workspace_id: Id, proposed: Mapping[bytes, Id]
    ) -> Mapping[bytes, Id]: ...


class Spending(Protocol):
    """Keeps what calls cost, by key; the same `batch_key` again is no repeat."""

    async def record_spend(self, generations: Sequence[Generation], batch_key: str) -> None: ...


class RecorderFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Counts since the start; `backlog_bytes` wait now.

    `set_aside` calls could not be brought for a reason that is no outage; they are kept in the
    spool's folder `aside`.
    """

    recorded: int
    refused: int
    damaged: int
    set_aside: int
    backlog_bytes: int


def encode(generation: Generation) -> bytes:
    """Return a call as the spool keeps it."""
    return _encoder.encode(generation)


class Recorder:
    """Empties the spool in the background."""

    def __init__(
        self,
        spool: Spool,
        store: TraceStore,
        ledger: TraceLedger,
        spending: Spending,
        broadcast: Broadcast,
        flush_interval_s: float = 0.2,
        counts: Counts | None = None,
    ) -> None:
        self._counts = counts
        self._spool = spool
        self._store = store
        self._ledger = ledger
        self._spending = spending
        self._broadcast = broadcast
        self._interval_s = flush_interval_s
        self._wake = asyncio.Event()
        self._tasks = TaskGroup()
        self._traces: dict[tuple[Id, bytes], Id] = {}
        self._recorded = 0
        self._refused = 0
        self._damaged = 0
        self._set_aside = 0
        self._stopping = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what an earlier process left; call inside the running loop."""
        self._wake.set()
        self._running = self._tasks.spawn("gateway.recorder", self._run())

    async def stop(self, timeout_s: float = 20.0) -> None:
        """Empty the spool if the stores take it in time; what is left waits for the next start."""
        self._stopping.set()
        self._wake.set()
        if self._running is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._running), timeout_s)
        await self._tasks.stop()
        self._spool.close()

    def keep(self, generation: Generation) -> None:
        """Note a call durably. Raises `StoreUnavailableError` when that cannot be."""
        self._spool.append(encode(generation))
        if not self._wake.is_set():
            self._wake.set()

    def lose(self, generation: Generation, error: SightlineError) -> None:
        """Count a call whose record could not be kept."""
        self._count(generation, reason_of(error, has_key=True), _named(generation))

    def check(self) -> None:
        """Raise `StoreUnavailableError` when a call could not be kept now."""
        self._spool.check()

    def figures(self) -> RecorderFigures:
        """Return what was recorded so far."""
        return RecorderFigures(
            recorded=self._recorded,
            refused=self._refused,
            damaged=self._damaged + self._spool.damaged,
            set_aside=self._set_aside,
            backlog_bytes=self._spool.backlog_bytes,
        )

    async def drained(self) -> None:
        """Return when all that was kept so far is stored."""
        while self._spool.backlog_bytes:
            self._wake.set()
            await asyncio.sleep(0.005)

    async def _run(self) -> None:
        last = 0
        while True:
            await self._wake.wait()
            if not self._stopping.is_set():
                # What ends within this time is stored together.
                wait_s = self._interval_s * (_LONGER if last >= _MANY else 1)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), wait_s)
            self._wake.clear()
            while (group := await self._next()) is not None:
                if not await self._bring(group):
                    return
                last = len(group.records)
                is_full = last >= _GROUP_RECORDS
                if not is_full and not self._stopping.is_set():
                    break
            if self._stopping.is_set():
                return
            if self._spool.backlog_bytes and group is not None:
                self._wake.set()

    async def _next(self) -> Group | None:
        """Return the next group, however long the disk refuses; None without any, or stopped."""
        for wait_s in itertools.chain(_RETRY_S, itertools.repeat(_RETRY_S[-1])):
            try:
                return self._spool.read(records=_GROUP_RECORDS, size_bytes=_GROUP_BYTES)
            except OSError as error:
                log.error("gateway.spool_unreadable", why=error.strerror or type(error).__name__)
            if self._stopping.is_set():
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait_s)
        return None

    async def _bring(self, group: Group) -> bool:
        """Bring a group where it belongs, however long that takes; False when stopped before."""
        generations = await self._decoded(group)
        aside = self._set_aside
        if generations and not await self._insist(lambda: self._store_traces(generations), group):
            return False
        if self._set_aside > aside:
            for generation in generations:
                self._count(generation, "failed", _named(generation))
        steps: list[Callable[[], Awaitable[None]]] = [
            lambda: self._spending.record_spend(generations, group.key),
            lambda: self._broadcast.offer(generations, group.key),
        ]
        for step in steps if generations else ():
            if not await self._insist(step, group):
                return False
        self._spool.done(group)
        self._recorded += len(generations)
        return True

    async def _insist(self, step: Callable[[], Awaitable[None]], group: Group) -> bool:
        """Try until it is done, or set the group aside; False when stopped before."""
        tries = unforeseen = 0
        while True:
            try:
                await step()
            except SightlineError as error:
                why: Exception = error
            except Exception as error:  # noqa: BLE001 - the spool keeps the group; others go on
                why = error
                unforeseen += 1
            else:
                return True
            log.error("gateway.record_failed", exc=why, tries=tries + 1)
            if unforeseen >= _MOST_UNFORESEEN:
                return self._lay_aside(group)
            if self._stopping.is_set():
                return False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    self._stopping.wait(), _RETRY_S[min(tries, len(_RETRY_S) - 1)]
                )
            tries += 1

    def _lay_aside(self, group: Group) -> bool:
        """Keep a group where it is in nobody's way, for people to look at."""
        try:
            self._spool.set_aside(group)
        except OSError as error:
            log.error("gateway.set_aside_failed", why=error.strerror or type(error).__name__)
            return False
        self._set_aside += len(group.records)
        log.error("gateway.set_aside", group=group.key, calls=len(group.records))
        return True

    async def _decoded(self, group: Group) -> list[Generation]:
        found: list[Generation] = []
        for at, data in enumerate(group.records):
            if at % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)
            try:
                found.append(_decoder.decode(data))
            except msgspec.MsgspecError:
                self._damaged += 1
                if self._counts is not None:
                    self._counts.count("failed", 1, face="gateway", client=UNNAMED)
        if group.damaged:
            log.error("gateway.spool_damaged", places=group.damaged)
        return found

    async def _store_traces(self, generations: Sequence[Generation]) -> None:
        places = await self._places(generations)
        writes: dict[tuple[Id, str], _Writes] = {}
        made: list[tuple[Generation, list[SpanWrite]]] = []
        lost: dict[Id, Outcome] = {}
        for at, (generation, place) in enumerate(zip(generations, places, strict=True)):
            if at % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)
            try:
                traces, spans = record.to_writes(generation, place)
            except Exception as why:  # noqa: BLE001 - one call must not hold up all others
                self._refused += 1
                log.error("gateway.record_refused", exc=why, id=generation.id)
                made.append((generation, []))
                continue
            made.append((generation, spans))
            who = (generation.workspace_id, generation.key.name or DEFAULT_USER)
            held = writes.setdefault(who, ([], []))
            held[0].extend(traces)
            held[1].extend(spans)
        for (workspace_id, user), both in writes.items():
            error = await self._write(_principal(workspace_id, user), *both, lost)
            if error is not None:
                raise error
        for generation, spans in made:
            outcome: Outcome = STORED if spans else "failed"
            outcome = next((lost[span.id] for span in spans if span.id in lost), outcome)
            self._count(generation, outcome, spans[0].project_id if spans else None)

    def _count(self, generation: Generation, outcome: Outcome, place: Place) -> None:
        """Count what became of a call, under the program that made it."""
        if self._counts is not None:
            self._counts.count(
                outcome,
                1,
                face="gateway",
                client=said_name(generation.app.user_agent),
                workspace_id=_workspace(generation.workspace_id),
                project=place,
            )

    async def _write(
        self,
        who: Principal,
        traces: list[TraceWrite],
        spans: list[SpanWrite],
        lost: dict[Id, Outcome],
    ) -> SightlineError | None:
        """Store a few messages; return the error when it is worth another try.

        What the store refuses for good goes into `lost`, with the reason.
        """
        try:
            await self._store.write_traces(who, traces)
            await self._store.write_spans(who, spans, whole=True)
        except SightlineError as error:
            if error.retryable or error.status >= 500:
                return error
            if len(traces) + len(spans) > 1:
                # One bad call must not hold up its neighbours.
                singles: list[_Writes] = [*(([t], []) for t in traces), *(([], [s]) for s in spans)]
                for single in singles:
                    failed = await self._write(who, *single, lost)
                    if failed is not None:
                        return failed
                return None
            self._refused += 1
            refused: list[TraceWrite | SpanWrite] = [*traces, *spans]
            lost.update((one.id, reason_of(error, has_key=True)) for one in refused)
            log.error("gateway.record_refused", code=error.code)
        return None

    async def _places(self, generations: Sequence[Generation]) -> list[record.Place]:
        places: list[record.Place | None] = []
        asked: dict[Id, dict[bytes, Id]] = {}
        foreign: list[tuple[int, bytes]] = []
        for at, generation in enumerate(generations):
            text = generation.trace.trace_id
            place = record.callers_place(generation)
            if place is None and text is not None:
                known = record.uuid_of(text)
                if known is not None:
                    place = record.joined_place(generation, known)
                else:
                    key = record.hex_of(text, 16) or _key_of(text)
                    foreign.append((at, key))
                    remembered = self._traces.get((generation.workspace_id, key))
                    if remembered is None:
                        proposal = opik_id(key, generation.started_us // 1000)
                        asked.setdefault(generation.workspace_id, {}).setdefault(key, proposal)
            elif place is None:
                place = record.own_place(generation)
            places.append(place)
        found = {
            (generations[at].workspace_id, key): self._traces.get(
                (generations[at].workspace_id, key)
            )
            for at, key in foreign
        }
        for workspace_id, proposed in asked.items():
            settled = await self._ledger.settle(workspace_id, proposed)
            found.update({(workspace_id, key): id for key, id in settled.items()})
        if len(self._traces) + len(found) > _TRACES_REMEMBERED:
            self._traces.clear()
        for at, key in foreign:
            trace_id = found[generations[at].workspace_id, key]
            if trace_id is not None:
                self._traces[generations[at].workspace_id, key] = trace_id
                places[at] = record.joined_place(generations[at], trace_id)
        return [place for place in places if place is not None]


def _principal(workspace_id: Id, user: str) -> Principal:
    return Principal(
        workspace_id=_workspace(workspace_id),
        workspace_name=DEFAULT_WORKSPACE,
        user=user,
    )


def _named(generation: Generation) -> str:
    return generation.opik.project_name or DEFAULT_PROJECT


def _workspace(id: Id) -> Id:
    return DEFAULT_WORKSPACE_ID if id == NIL else id


def _key_of(text: str) -> bytes:
    """Return 16 bytes for a name that somebody gave a trace."""
    return hashlib.sha256(b"gateway trace\0" + text.encode()).digest()[:16]
