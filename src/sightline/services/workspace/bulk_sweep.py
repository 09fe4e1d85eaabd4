"""One page of work on many traces, spans or threads: found, then deleted or tagged."""

import base64
from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from sightline.core.errors import UnprocessableError
from sightline.core.ids import Id
from sightline.domain.filter import EntityType
from sightline.domain.workspace import Principal, Role
from sightline.services.workspace.deletion import Deletion
from sightline.services.workspace.thread_marks import TagEdit, ThreadMarks
from sightline.stores.analytics import pages, sweeps
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.pages import Key
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sweeps import SweptThread
from sightline.stores.analytics.thread_columns import Lifecycle

Action = Literal["delete", "add_tags", "remove_tags"]

# As many as one statement of the engine takes well; what a crash makes one do again is no more.
PAGE = 1_000


class Tags(Protocol):
    """Changes the tags of traces and spans; returns how many had no room for more."""

    async def edit(
        self,
        who: Principal,
        entity: Entity,
        keys: Sequence[Key],
        *,
        add: Sequence[str],
        remove: Sequence[str],
    ) -> int: ...


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done: to `ids` (UUIDs, or ids of threads), else to all in `scope`.

    `delete_projects` takes what is left of the projects in `scope`, which are gone themselves.

    `scope` is what somebody saw and asked for at `asked_us`: its filter has no relative times.
    """

    workspace_id: Id
    workspace_name: str
    user: str
    role: Role
    project_id: Id
    entity: EntityType
    action: Action | Literal["delete_projects"]
    tags: tuple[str, ...] = ()
    ids: tuple[str, ...] | None = None
    scope: Scope
    lifecycle: Lifecycle
    asked_us: int

    @property
    def who(self) -> Principal:
        return Principal(
            workspace_id=self.workspace_id,
            workspace_name=self.workspace_name,
            user=self.user,
            role=self.role,
        )


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What a page has done, and where the next goes on; without a cursor it was the last."""

    done: int
    full: int = 0
    cursor: str | None


class Sweep:
    """Does the pages of tasks."""

    def __init__(
        self, analytics: Analytics, deletion: Deletion, tags: Tags, marks: ThreadMarks
    ) -> None:
        self._analytics = analytics
        self._deletion = deletion
        self._tags = tags
        self._marks = marks

    async def page(self, task: Task, cursor: str | None) -> Page:
        """Do the page at the cursor; done again, it does nothing more."""
        if task.action == "delete_projects":
            await self._deletion.delete_projects(task.workspace_id, task.scope.project_ids or ())
            return Page(done=0, cursor=None)
        if task.ids is not None:
            return await self._named(task, task.ids, int(cursor or 0))
        if task.entity == "thread":
            before = None if cursor is None else bytes.fromhex(cursor)
            threads = await sweeps.threads(
                self._analytics, task.scope, task.lifecycle, before=before, limit=PAGE
            )
            full = await self._do_threads(task, threads)
            last = threads[-1].thread_model_id.hex() if len(threads) == PAGE else None
            return Page(done=len(threads), full=full, cursor=last)
        keys = await pages.find_newest(
            self._analytics,
            task.entity,
            task.scope,
            limit=PAGE,
            after=None if cursor is None else _place(cursor),
            now_us=task.asked_us,
        )
        full = await self._do(task, task.entity, keys)
        return Page(
            done=len(keys), full=full, cursor=_cursor(keys[-1]) if len(keys) == PAGE else None
        )

    async def _named(self, task: Task, ids: tuple[str, ...], start: int) -> Page:
        some = ids[start : start + PAGE]
        scope = Scope(workspace_id=task.workspace_id, project_ids=(task.project_id,))
        if task.entity == "thread":
            threads = await sweeps.threads(
                self._analytics, scope, task.lifecycle, thread_ids=some, limit=PAGE
            )
            full = await self._do_threads(task, threads)
        else:
            scope = msgspec.structs.replace(scope, ids=tuple(_id(id) for id in some))
            keys = await pages.find_newest(
                self._analytics, task.entity, scope, limit=PAGE, now_us=task.asked_us
            )
            full = await self._do(task, task.entity, keys)
        end = start + len(some)
        return Page(done=len(some), full=full, cursor=str(end) if end < len(ids) else None)

    async def _do(self, task: Task, entity: Entity, keys: list[Key]) -> int:
        if not keys:
            return 0
        ids = [key.id for key in keys]
        if task.action != "delete":
            return await self._tags.edit(task.who, entity, keys, **_change(task))
        if entity == "trace":
            await self._deletion.delete_traces(task.workspace_id, ids, task.project_id)
        else:
            await self._deletion.delete_spans(task.workspace_id, ids)
        return 0

    async def _do_threads(self, task: Task, threads: list[SweptThread]) -> int:
        if not threads:
            return 0
        if task.action == "delete":
            ids = [thread.found.thread_id for thread in threads]
            await self._deletion.delete_threads(task.workspace_id, task.project_id, ids)
            return 0
        change = _change(task)
        edit = TagEdit(add=change["add"], remove=change["remove"])
        models = [thread.thread_model_id for thread in threads]
        try:
            await self._marks.edit_many(task.who, models, edit)
        except UnprocessableError:
            # One thread without room for a tag stops them all: then each by itself.
            return await self._one_by_one(task, models, edit)
        return 0

    async def _one_by_one(self, task: Task, models: list[Id], edit: TagEdit) -> int:
        full = 0
        for model in models:
            try:
                await self._marks.edit_many(task.who, [model], edit)
            except UnprocessableError:
                full += 1
        return full


def _change(task: Task) -> dict[str, tuple[str, ...]]:
    adds = task.action == "add_tags"
    return {"add": task.tags if adds else (), "remove": () if adds else task.tags}


def _id(text: str) -> Id:
    return bytes.fromhex(text.replace("-", ""))


def _cursor(key: Key) -> str:
    return f"{key.start_time_us}:{base64.b64encode(key.id).decode()}"


def _place(cursor: str) -> tuple[int, Id]:
    start_us, _, id = cursor.partition(":")
    return int(start_us), base64.b64decode(id)
