"""Work on many at once as jobs of the catalog: asked for, done page by page, watched, cancelled.

A job notes how far it has come after each page, so a restart goes on from there. What belongs to
it is decided when it is asked for: rows that arrive later are not touched.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import Literal

import msgspec
from sqlalchemy import Connection

from sightline.core.clock import Clock
from sightline.core.errors import NotFoundError, RateLimitedError, SightlineError
from sightline.core.ids import Id, format_id, new_id
from sightline.core.log import get_logger
from sightline.core.tasks import TaskGroup
from sightline.domain.filter import Condition, all_of
from sightline.services.workspace.bulk_sweep import Page, Sweep, Task
from sightline.stores.analytics import pages, thread_pages
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.catalog import jobs, notices
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.jobs import Job, NewJob

log = get_logger(__name__)

State = Literal["waiting", "running", "done", "failed", "cancelled"]

KIND = "bulk"
# Apart, for nobody asks how it is and it takes no place in a workspace's queue.
_LEFT_BEHIND = "projects.left-behind"
_KINDS = (KIND, _LEFT_BEHIND)
# Processes know a project's id for seconds after it is gone, and what came under it may still wait
# for its commit.
LEFT_BEHIND_AFTER_US = 10 * 60 * 1_000_000
# One that takes long does not hold up the next; more would only wait for the engine.
_WORKERS = 2
_MAX_QUEUED = 100
# After a crash of one of several processes a job waits for its lease to end, so it is short and
# often renewed.
_LEASE_US = 20_000_000
_RENEW_S = 5
# How long a job that nobody announced, or whose lease ended, may go unseen.
_LOOK_S = 5
_KEEP_US = 7 * 86_400 * 1_000_000
# Tries of one page, with waits of 1, 2, 4 … s between them.
_MAX_FAILURES = 7


class _Payload(msgspec.Struct, kw_only=True):
    """What the catalog keeps of a job."""

    task: Task
    total: int
    done: int = 0
    full: int = 0
    cursor: str | None = None
    failures: int = 0


class BulkJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job as people see it: `kind` is what it does.

    `error` says why it failed or waits for another try, and of a finished one what it left undone.
    """

    id: Id
    kind: str
    state: State
    done: int
    total: int
    error: str | None


class Bulk:
    """Takes jobs in, does them in the background, and tells how they are."""

    def __init__(self, catalog: Catalog, analytics: Analytics, sweep: Sweep, clock: Clock) -> None:
        self._catalog = catalog
        self._analytics = analytics
        self._sweep = sweep
        self._clock = clock
        self._tasks = TaskGroup()
        self._wake = asyncio.Event()
        self._has_begun = False

    def start(self) -> None:
        """Start the workers; call inside the running loop."""
        for number in range(_WORKERS):
            self._tasks.spawn(f"bulk-{number}", self._work())

    async def stop(self) -> None:
        """Stop after what the engine is at; jobs go on when the program starts again."""
        await self._tasks.stop()

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    async def ask(self, task: Task) -> BulkJob:
        """Take a job in. Raises `RateLimitedError` when the workspace has too many waiting."""
        if task.ids is None:
            # What comes in from now on was not meant.
            until = Condition(field="created_at", operator="<=", value=str(task.asked_us))
            scope = msgspec.structs.replace(task.scope, filter=all_of(task.scope.filter, until))
            task = msgspec.structs.replace(task, scope=scope)
        payload = _Payload(task=task, total=await self._total(task))
        id = new_id()
        new = NewJob(
            kind=KIND,
            key=_key(task.workspace_id, id),
            payload=_encode(payload),
            run_at_us=task.asked_us,
        )

        def put(connection: Connection) -> None:
            waiting = jobs.count_queued(connection, KIND, _key(task.workspace_id, b""))
            if waiting >= _MAX_QUEUED:
                raise RateLimitedError(
                    f"{waiting} jobs are waiting already", hint="Try again when some are done"
                )
            jobs.purge(connection, before_us=task.asked_us - _KEEP_US, kind=KIND)
            jobs.enqueue(connection, [new], now_us=task.asked_us)
            notices.tell(connection, notices.JOBS)

        await self._catalog.write(put)
        self.wake()
        return await self.get(task.workspace_id, id)

    async def get(self, workspace_id: Id, id: Id) -> BulkJob:
        """Return a job of the workspace. Raises `NotFoundError`."""
        key = _key(workspace_id, id)
        job = await self._catalog.read(lambda c: jobs.get(c, KIND, key))
        if job is None:
            raise NotFoundError(f"Job with id {format_id(id)} not found")
        payload = _decode(job)
        return BulkJob(
            id=id,
            kind=payload.task.action,
            state=_state(job, self._clock.now_us()),
            done=payload.done,
            total=payload.total,
            error=_error(job, payload),
        )

    async def cancel(self, workspace_id: Id, id: Id) -> BulkJob:
        """Stop a job after its present page; what is done stays done. Raises `NotFoundError`."""
        key = _key(workspace_id, id)
        now_us = self._clock.now_us()
        await self._catalog.write(lambda c: jobs.cancel(c, KIND, key, now_us=now_us))
        return await self.get(workspace_id, id)

    async def _total(self, task: Task) -> int:
        if task.ids is not None:
            return len(task.ids)
        if task.entity == "thread":
            return await thread_pages.count(self._analytics, task.scope, task.lifecycle)
        return await pages.count(self._analytics, task.entity, task.scope)

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            job = await self._lease()
            if job is not None:
                await self._supervise(job)
                continue
            try:
                await asyncio.wait_for(self._wake.wait(), _LOOK_S)
            except TimeoutError:
                continue

    async def _lease(self) -> Job | None:
        now_us = self._clock.now_us()
        has_begun, self._has_begun = self._has_begun, True

        def take(connection: Connection) -> list[Job]:
            if not has_begun and self._catalog.conninfo is None:
                # Of a SQLite file there is one process: who held a job has ended.
                for kind in _KINDS:
                    jobs.release_kind(connection, kind)
            return jobs.lease(connection, _KINDS, now_us=now_us, lease_us=_LEASE_US)

        try:
            found = await self._catalog.write(take)
        except SightlineError as error:
            log.warning("bulk.lease_failed", exc=error)
            return None
        return found[0] if found else None

    async def _supervise(self, job: Job) -> None:
        """Run a job in a task of its own, so that its end, whatever it is, is seen here."""
        running = self._tasks.spawn("bulk-job", self._pages(job))
        try:
            while not running.done():
                await asyncio.wait({running}, timeout=_RENEW_S)
                if not running.done() and not await self._extend(job):
                    # Cancelled: the page that runs ends first, since the engine goes on with it.
                    await asyncio.wait({running})
        except asyncio.CancelledError:
            running.cancel()
            await asyncio.wait({running})
            await self._say(lambda c: jobs.release(c, job))
            raise
        error = None if running.cancelled() else running.exception()
        if error is not None:
            await self._failed(job, error)

    async def _pages(self, job: Job) -> None:
        payload = _decode(job)
        while True:
            try:
                page = await self._sweep.page(payload.task, payload.cursor)
            except SightlineError as error:
                await self._failed(job, error)
                return
            _count(payload, page)
            if not await self._note(job, payload):
                return
            if page.cursor is None:
                await self._say(lambda c: jobs.complete(c, job, now_us=self._clock.now_us()))
                log.info("bulk.finished", action=payload.task.action, done=payload.done)
                return

    async def _extend(self, job: Job) -> bool:
        until_us = self._lease_end_us()
        return await self._say(lambda c: jobs.extend(c, job, lease_until_us=until_us))

    async def _note(self, job: Job, payload: _Payload) -> bool:
        text, until_us = _encode(payload), self._lease_end_us()
        return await self._say(lambda c: jobs.note(c, job, payload=text, lease_until_us=until_us))

    async def _failed(self, job: Job, error: BaseException) -> None:
        """Try the page again later, or give the job up with what is to be said of it."""
        now_us = self._clock.now_us()
        message = error.message if isinstance(error, SightlineError) else "Something went wrong"

        def fail(connection: Connection) -> bool:
            latest = jobs.get(connection, job.kind, job.key)
            if latest is None:
                return False
            payload = _decode(latest)
            payload.failures += 1
            retry_at_us = None
            if (
                isinstance(error, SightlineError)
                and error.retryable
                and payload.failures <= _MAX_FAILURES
            ):
                retry_at_us = now_us + (1_000_000 << (payload.failures - 1))
            jobs.note(connection, job, payload=_encode(payload), lease_until_us=now_us)
            return jobs.fail(connection, job, error=message, retry_at_us=retry_at_us, now_us=now_us)

        await self._say(fail)

    async def _say(self, fn: Callable[[Connection], bool]) -> bool:
        """Tell the catalog; when it cannot be told, the lease ends and another goes on."""
        try:
            return await self._catalog.write(fn)
        except SightlineError as error:
            log.warning("bulk.note_failed", exc=error)
            return False

    def _lease_end_us(self) -> int:
        return self._clock.now_us() + _LEASE_US


def delete_left_behind(
    connection: Connection, workspace_id: Id, project_ids: Collection[Id], *, now_us: int
) -> None:
    """Queue the deletion of what other processes write to projects that are gone by now."""
    ids = tuple(project_ids)
    if not ids:
        return
    task = Task(
        workspace_id=workspace_id,
        workspace_name="",
        user="",
        role="admin",
        project_id=ids[0],
        entity="trace",
        action="delete_projects",
        scope=Scope(workspace_id=workspace_id, project_ids=ids),
        lifecycle=Lifecycle(now_us=now_us, timeout_us=0),
        asked_us=now_us,
    )
    new = NewJob(
        kind=_LEFT_BEHIND,
        payload=_encode(_Payload(task=task, total=len(ids))),
        run_at_us=now_us + LEFT_BEHIND_AFTER_US,
    )
    jobs.purge(connection, before_us=now_us - _KEEP_US, kind=_LEFT_BEHIND)
    jobs.enqueue(connection, [new], now_us=now_us)


def _count(payload: _Payload, page: Page) -> None:
    payload.done += page.done
    payload.full += page.full
    payload.cursor = page.cursor
    payload.failures = 0


def _key(workspace_id: Id, id: Id) -> str:
    return f"{workspace_id.hex()}:{id.hex()}"


def _encode(payload: _Payload) -> str:
    return msgspec.json.encode(payload).decode()


def _decode(job: Job) -> _Payload:
    return msgspec.json.decode(job.payload, type=_Payload)


def _state(job: Job, now_us: int) -> State:
    if job.state == "queued":
        return "running" if job.attempts and job.lease_until_us is not None else "waiting"
    states: dict[str, State] = {"done": "done", "dead": "failed", "cancelled": "cancelled"}
    return states[job.state]


def _error(job: Job, payload: _Payload) -> str | None:
    if job.state == "dead" or (job.state == "queued" and job.lease_until_us is None):
        return job.last_error
    if payload.full:
        return f"{payload.full} had no room for another tag and stay as they are"
    return None
