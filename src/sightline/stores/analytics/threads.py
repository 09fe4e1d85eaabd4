"""Rows of `threads`: what is known of a conversation beside its traces, and how it is asked for."""

import struct
from collections.abc import Sequence

import msgspec

from sightline.core.errors import InvalidRequestError
from sightline.core.ids import Id
from sightline.domain.literals import uuid_of
from sightline.domain.thread import ThreadKey
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.row_binary import (
    _NO_ARRAY,
    _NO_STRING,
    _versioned_string,
    _versioned_tags,
    string,
)
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_list, id_literal
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.stores.analytics.thread_relation import relation
from sightline.stores.analytics.thread_sets import ThreadSet, TouchedSince

_I64 = struct.Struct("<q").pack
_U64 = struct.Struct("<Q").pack
# The greatest id: `min` keeps any real one instead.
_UNKNOWN_ID = b"\xff" * 16


def encode_seen(
    workspace_id: Id,
    project_id: Id,
    thread_id: str,
    *,
    model_id: Id,
    user: str,
    now_us: int,
    environment: str | None = None,
) -> bytes:
    """Return the row that says a trace of this thread arrived."""
    v = _U64(now_us)
    return b"".join(
        (
            workspace_id,
            project_id,
            string(thread_id),
            model_id,
            _NO_ARRAY,
            _NO_STRING,
            _versioned_string(v, environment),
            _versioned_string(v, user),
            string(user),
            _I64(now_us),
            _I64(now_us),
            _I64(now_us),
        )
    )


def encode_update(
    workspace_id: Id,
    project_id: Id,
    thread_id: str,
    *,
    user: str,
    now_us: int,
    tags: list[str] | None = None,
    status: str | None = None,
    model_id: Id = _UNKNOWN_ID,
) -> bytes:
    """Return the row that changes a thread's tags, or marks it `active` or `inactive` by hand."""
    v = _U64(now_us)
    return b"".join(
        (
            workspace_id,
            project_id,
            string(thread_id),
            model_id,
            _versioned_tags(v, tags),
            _versioned_string(v, status),
            _NO_STRING,
            _versioned_string(v, user),
            string(user),
            _I64(now_us),
            _I64(0),
            _I64(now_us),
        )
    )


class ThreadState(msgspec.Struct, frozen=True, kw_only=True):
    """What a change to a thread starts from. Times are Unix µs."""

    thread_model_id: Id
    tags: list[str]
    last_activity_us: int
    last_updated_us: int


# When the state of a thread does not matter, neither does the time.
_ANY_TIME = Lifecycle(now_us=0, timeout_us=0)


async def states(
    analytics: Analytics, workspace_id: Id, keys: Sequence[ThreadKey]
) -> dict[ThreadKey, ThreadState]:
    """Return the state of each of these threads that has a trace."""
    if not keys:
        return {}
    binder = Binder()
    scope = Scope(workspace_id=workspace_id, project_ids=tuple({k.project_id: None for k in keys}))
    only = ThreadSet(thread_ids=tuple({k.thread_id: None for k in keys}))
    columns = ("project_id", "id", "thread_model_id", "tags", "last_activity_at", "last_updated_at")
    names = [column(c) for c in columns]
    rows = await analytics.query(
        f"SELECT {', '.join(names[:4])}, "
        f"{', '.join(f'toUnixTimestamp64Micro({n})' for n in names[4:])} "
        f"FROM {relation(scope, columns, binder, _ANY_TIME, only)}",
        binder.params,
    )
    found = {
        ThreadKey(row[0], row[1]): ThreadState(
            thread_model_id=row[2],
            tags=list(row[3]),
            last_activity_us=row[4],
            last_updated_us=row[5],
        )
        for row in rows
    }
    return {key: found[key] for key in keys if key in found}


async def by_model_ids(
    analytics: Analytics, workspace_id: Id, ids: Sequence[Id]
) -> dict[Id, ThreadKey]:
    """Return which thread each model id names; ids that name none are left out."""
    if not ids:
        return {}
    workspace = f"workspace_id = {id_literal(workspace_id)}"
    rows = await analytics.query(
        "SELECT thread_model_id, project_id, thread_id FROM threads FINAL "
        f"WHERE {workspace} AND thread_model_id IN {id_list(ids)}"
    )
    found = {row[0]: ThreadKey(row[1], row[2]) for row in rows}
    missing = [id for id in ids if id not in found]
    if missing:
        # A thread without a row of its own goes by its lowest trace id.
        rows = await analytics.query(
            f"SELECT id, project_id, thread_id FROM traces FINAL WHERE {workspace} "
            f"AND id IN {id_list(missing)} AND thread_id != ''"
        )
        keys = {row[0]: ThreadKey(row[1], row[2]) for row in rows}
        there = await states(analytics, workspace_id, list(keys.values()))
        found |= {
            id: key for id, key in keys.items() if key in there and there[key].thread_model_id == id
        }
    return found


async def find_cursor(analytics: Analytics, scope: Scope, text: str) -> Id:
    """Return the model id from which a search goes on: `text` is one, or a thread's id.

    A thread id wins, since it may look like a UUID too. Raises `InvalidRequestError` for neither.
    """
    binder = Binder()
    columns = ("id", "thread_model_id")
    only = ThreadSet(thread_ids=(text,))
    rows = await analytics.query(
        f"SELECT min({column('thread_model_id')}), count() "
        f"FROM {relation(scope, columns, binder, _ANY_TIME, only)}",
        binder.params,
    )
    if rows[0][1]:
        return bytes(rows[0][0])
    raw = uuid_of(text)
    if raw is None:
        raise InvalidRequestError(
            f"last_retrieved_thread_model_id `{text[:60]}` is neither a UUID nor a thread's id"
        )
    return raw


class EndedThread(msgspec.Struct, frozen=True):
    """A thread that fell silent or was closed, and when, in Unix µs."""

    key: ThreadKey
    thread_model_id: Id
    inactive_at_us: int


async def ended_since(
    analytics: Analytics,
    workspace_id: Id,
    lifecycle: Lifecycle,
    since_us: int,
    *,
    after: Id = _UNKNOWN_ID,
    limit: int,
) -> list[EndedThread]:
    """Return threads that became inactive after `since_us` and until now, in that order.

    What runs when a conversation ends stands on this: asked again with the last one's
    `inactive_at_us` and `thread_model_id` (as `after`: many may end in the same microsecond), it
    names each end once. A thread that came alive again meanwhile is not among them.
    """
    binder = Binder()
    scope = Scope(workspace_id=workspace_id)
    only = TouchedSince(since_us - lifecycle.timeout_us - 1)
    columns = ("project_id", "id", "thread_model_id", "status", "inactive_at_us")
    at, model = column("inactive_at_us"), column("thread_model_id")
    rows = await analytics.query(
        f"SELECT project_id, id, {model}, {at} "
        f"FROM {relation(scope, columns, binder, lifecycle, only)} "
        f"WHERE status = 'inactive' AND {at} <= {int(lifecycle.now_us)} AND ({at}, {model}) > "
        f"(toInt64({int(since_us)}), toFixedString({id_literal(after)}, 16)) "
        f"ORDER BY {at}, {model} LIMIT {int(limit)}",
        binder.params,
    )
    return [EndedThread(ThreadKey(row[0], row[1]), row[2], row[3]) for row in rows]
