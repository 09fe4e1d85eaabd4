"""Fills this server with the demo's traffic, at the request of somebody who looks at an empty one.

Through the server's own HTTP face, as `sightline demo` does from outside, in the name of whoever
asked. One run at a time, whichever process of several does it: how far it is is a job's payload.
"""

import threading
from collections.abc import Mapping
from typing import Literal

import msgspec
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import ConflictError, SightlineError
from sightline.core.log import get_logger
from sightline.stores.catalog import jobs
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.jobs import Job

log = get_logger(__name__)

KIND = "demo"
_SEED = 7
# Whoever sends says once a second that it goes on, once the traffic is made up, which on a busy
# machine takes a while.
_LEASE_US = 120_000_000
_NOTE_EVERY_US = 1_000_000
_SHOWN_FOR_US = 3_600_000_000

State = Literal["idle", "running", "done", "failed"]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is. `sent` and `total` count traces, spans, scores…"""

    state: State = "idle"
    sent: int = 0
    total: int = 0
    error: str | None = None
    at_us: int = 0


class DemoTraffic:
    """Begins runs of the demo, and says how far the last one is."""

    def __init__(self, url: str, catalog: Catalog, clock: Clock) -> None:
        self._url = url
        self._catalog = catalog
        self._clock = clock
        self._stopping = threading.Event()

    async def start(self, workspace: str, credentials: Mapping[str, str]) -> Progress:
        """Begin to send; `credentials` are headers that let the sender write to the workspace.

        Raises `ConflictError` while another run goes on.
        """
        now_us = self._clock.now_us()
        begun = Progress(state="running", at_us=now_us)

        def take(connection: Connection) -> Job | None:
            job = jobs.lease_turn(connection, KIND, now_us=now_us, lease_us=_LEASE_US)
            if job is not None:
                jobs.note(
                    connection, job, payload=_encode(begun), lease_until_us=now_us + _LEASE_US
                )
            return job

        job = await self._catalog.write(take)
        if job is None:
            raise ConflictError("The demo traffic is being sent already")
        run = _Run(self._url, self._catalog, self._clock, self._stopping, job)
        # A thread that nobody waits for: making the traffic up takes seconds, and a server that
        # stops has no use for it. What was sent is whole, and sent again it is there once.
        threading.Thread(
            target=run.run, args=(workspace, dict(credentials)), name="demo", daemon=True
        ).start()
        return begun

    async def progress(self) -> Progress:
        """Return how far the last run is; one that ended an hour ago is none."""
        job = await self._catalog.read(lambda c: jobs.get(c, KIND, jobs.PERIODIC))
        now_us = self._clock.now_us()
        if job is None:
            return Progress()
        found = msgspec.json.decode(job.payload, type=Progress)
        if found.state == "running" and (job.lease_until_us or 0) <= now_us:
            return msgspec.structs.replace(
                found, state="failed", error="The server that sent it has ended"
            )
        if found.state != "running" and now_us - found.at_us > _SHOWN_FOR_US:
            return Progress()
        return found

    def stop(self) -> None:
        """End what runs, at the next batch at the latest."""
        self._stopping.set()


class _Run:
    """One run, on a thread of its own."""

    def __init__(
        self, url: str, catalog: Catalog, clock: Clock, stopping: threading.Event, job: Job
    ) -> None:
        self._url = url
        self._catalog = catalog
        self._clock = clock
        self._stopping = stopping
        self._job = job
        self._guard = threading.Lock()
        self._sent = 0
        self._total = 0
        self._noted_us = 0

    def run(self, workspace: str, credentials: dict[str, str]) -> None:
        state: State = "failed"
        error: str | None = "The demo traffic could not be sent; the log says why"
        try:
            self._send(workspace, credentials)
            state, error = "done", None
            log.info("demo.sent", items=self._sent)
        except SightlineError as failure:
            error = failure.message
            if not self._stopping.is_set():
                log.warning("demo.failed", code=failure.code)
        finally:
            self._end(state, error)

    def _send(self, workspace: str, credentials: dict[str, str]) -> None:
        # Few servers ever send it, so none loads it at its start.
        from sightline.demo import plan, send  # noqa: PLC0415
        from sightline.demo.client import Client  # noqa: PLC0415

        client = Client(self._url, workspace=workspace, headers=credentials)
        until_us, salt = send.anchor(client, self._clock.now_us(), again=False)
        book = plan.tell(_SEED, until_us, salt)
        self._total = send.count(book)
        self._moved(0)
        send.prepare(client, until_us)
        send.send(client, book, lambda _: None, self._moved)

    def _moved(self, count: int) -> None:
        if self._stopping.is_set():
            raise ConflictError("The server stops")
        with self._guard:
            self._sent += count
            now_us = self._clock.now_us()
            if now_us - self._noted_us < _NOTE_EVERY_US:
                return
            self._noted_us = now_us
            note = self._progress("running", None)
            until_us = now_us + _LEASE_US
            if not self._catalog.write_sync(
                lambda c: jobs.note(c, self._job, payload=note, lease_until_us=until_us)
            ):
                raise ConflictError("Another process sends the demo traffic")

    def _end(self, state: State, error: str | None) -> None:
        payload, now_us = self._progress(state, error), self._clock.now_us()

        def end(connection: Connection) -> bool:
            jobs.note(connection, self._job, payload=payload, lease_until_us=now_us)
            return jobs.reschedule(connection, self._job, run_at_us=now_us)

        try:
            self._catalog.write_sync(end)
        except Exception as failure:  # noqa: BLE001 - of a server that stops the catalog is closed
            if not self._stopping.is_set():
                log.warning("demo.end_not_noted", exc=failure)

    def _progress(self, state: State, error: str | None) -> str:
        now = Progress(
            state=state,
            sent=self._sent,
            total=self._total,
            error=error,
            at_us=self._clock.now_us(),
        )
        return _encode(now)


def _encode(progress: Progress) -> str:
    return msgspec.json.encode(progress).decode()
