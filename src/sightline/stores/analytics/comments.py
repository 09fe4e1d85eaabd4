"""Comments on traces, spans and threads."""

import struct
from collections.abc import Sequence

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.row_binary import binary, string
from sightline.stores.analytics.sql import Binder, id_list, id_literal

_I64 = struct.Struct("<q").pack
_U64 = struct.Struct("<Q").pack


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """`entity_id` is the 16 bytes of a trace or span id, or of a thread's model id."""

    id: Id
    project_id: Id
    entity_type: str
    entity_id: bytes
    text: str
    created_by: str
    created_at_us: int
    last_updated_by: str
    last_updated_us: int


def encode(comment: Comment, workspace_id: Id, *, deleted: bool = False) -> bytes:
    """Return one row of `comments`."""
    return b"".join(
        (
            workspace_id,
            comment.project_id,
            string(comment.entity_type),
            binary(comment.entity_id),
            comment.id,
            string(comment.text),
            string(comment.created_by),
            _I64(comment.created_at_us),
            string(comment.last_updated_by),
            _U64(comment.last_updated_us),
            b"\1" if deleted else b"\0",
        )
    )


_SELECT = (
    "SELECT id, project_id, entity_type, hex(entity_id), text, created_by, "
    "toUnixTimestamp64Micro(created_at), last_updated_by, version FROM comments FINAL "
)
_FIELDS = Comment.__struct_fields__


async def by_ids(
    analytics: Analytics, workspace_id: Id, entity_type: str, ids: Sequence[Id]
) -> list[Comment]:
    """Return the comments of one kind with these ids."""
    binder = Binder()
    rows = await analytics.query(
        _SELECT + f"WHERE workspace_id = {id_literal(workspace_id)} "
        f"AND entity_type = {binder.add(entity_type)} AND id IN {id_list(ids)}",
        binder.params,
    )
    return [_comment(row) for row in rows]


async def of_entities(
    analytics: Analytics, workspace_id: Id, entity_type: str, entity_ids: Sequence[bytes]
) -> dict[bytes, list[Comment]]:
    """Return the comments of these entities, oldest first."""
    if not entity_ids:
        return {}
    binder = Binder()
    rows = await analytics.query(
        _SELECT + f"WHERE workspace_id = {id_literal(workspace_id)} "
        f"AND entity_type = {binder.add(entity_type)} AND entity_id IN {id_list(entity_ids)} "
        "ORDER BY created_at, id",
        binder.params,
    )
    found: dict[bytes, list[Comment]] = {}
    for row in rows:
        comment = _comment(row)
        found.setdefault(comment.entity_id, []).append(comment)
    return found


def _comment(row: Sequence[object]) -> Comment:
    values = dict(zip(_FIELDS, row, strict=True))
    values["entity_id"] = bytes.fromhex(str(values["entity_id"]))
    return Comment(**values)  # type: ignore[arg-type]
