"""What people change about threads: open, close, tags."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import NotFoundError, UnprocessableError
from sightline.core.ids import Id, format_id
from sightline.domain.thread import MAX_TAGS, ThreadKey, ThreadStatus
from sightline.domain.workspace import Principal
from sightline.stores.analytics import threads
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.threads import ThreadState
from sightline.stores.catalog.locks import Locks


class Rows(Protocol):
    """Takes encoded rows of a table; returns when they are on disk."""

    async def commit(self, table: str, data: bytes, rows: int) -> None: ...


class TagEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to tags: replaced by `tags` (with `merge` joined to them), then add, remove."""

    tags: tuple[str, ...] | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    merge: bool = False

    @property
    def depends(self) -> bool:
        """Whether the new tags depend on those there."""
        return self.merge or self.tags is None

    def apply(self, there: Sequence[str]) -> list[str]:
        """Return the new tags. Raises `UnprocessableError` when they are too many."""
        base = there if self.tags is None else ([*there, *self.tags] if self.merge else self.tags)
        tags = [t for t in dict.fromkeys([*base, *self.add]) if t not in self.remove]
        if len(tags) > MAX_TAGS:
            text = f"tags Tag limit exceeded: maximum {MAX_TAGS} tags per item"
            raise UnprocessableError(text, fields=[text])
        return tags


class ThreadMarks:
    """Writes what is known of threads beside their traces."""

    def __init__(self, rows: Rows, analytics: Analytics, clock: Clock, locks: Locks) -> None:
        self._rows = rows
        self._analytics = analytics
        self._clock = clock
        self._locks = locks

    async def close(self, who: Principal, project_id: Id, thread_ids: Sequence[str]) -> None:
        """Mark threads inactive, until their next trace.

        Raises `NotFoundError` when one of them is not there; then none is marked.
        """
        keys = [ThreadKey(project_id, id) for id in dict.fromkeys(thread_ids)]
        there = await threads.states(self._analytics, who.workspace_id, keys)
        missing = [key.thread_id for key in keys if key not in there]
        if missing:
            raise NotFoundError(f"Thread '{missing[0]}' not found")
        await self._mark(who, there, "inactive")

    async def open(self, who: Principal, project_id: Id, thread_id: str) -> None:
        """Mark a thread active from now on; one that is not there stays so."""
        key = ThreadKey(project_id, thread_id)
        there = await threads.states(self._analytics, who.workspace_id, [key])
        await self._mark(who, there, "active")

    async def edit_tags(self, who: Principal, thread_model_id: Id, edit: TagEdit) -> None:
        """Change the tags of one thread. Raises `NotFoundError`."""
        if not await self.edit_many(who, [thread_model_id], edit):
            raise NotFoundError(f"Thread with id {format_id(thread_model_id)} not found")

    async def edit_many(self, who: Principal, thread_model_ids: Sequence[Id], edit: TagEdit) -> int:
        """Change the tags of threads; ids that name none are passed over. Return how many."""
        keys = await threads.by_model_ids(self._analytics, who.workspace_id, thread_model_ids)
        ids = [key.project_id + key.thread_id.encode() for key in keys.values()]
        # Tags are read, changed and written: two edits at a time would lose one.
        async with self._locks.hold(who.workspace_id, ids, everywhere=edit.depends):
            there = await threads.states(self._analytics, who.workspace_id, list(keys.values()))
            await self._write(
                who, {key: (state, None, edit.apply(state.tags)) for key, state in there.items()}
            )
        return len(there)

    async def _mark(
        self, who: Principal, there: dict[ThreadKey, ThreadState], status: ThreadStatus
    ) -> None:
        await self._write(who, {key: (state, status, None) for key, state in there.items()})

    async def _write(
        self,
        who: Principal,
        changes: dict[ThreadKey, tuple[ThreadState, ThreadStatus | None, list[str] | None]],
    ) -> None:
        if not changes:
            return
        now_us = self._clock.now_us()
        data = b"".join(
            threads.encode_update(
                who.workspace_id,
                key.project_id,
                key.thread_id,
                user=who.user,
                # Never older than what it is about, even where a client's clock is ahead.
                now_us=max(now_us, state.last_updated_us + 1, state.last_activity_us + 1),
                tags=tags,
                status=status,
                model_id=state.thread_model_id,
            )
            for key, (state, status, tags) in changes.items()
        )
        await self._rows.commit("threads", data, len(changes))
