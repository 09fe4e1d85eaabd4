"""Rows of attachments, one a file name of an entity."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, select

from sightline.core.ids import Id
from sightline.domain.attachment import Attachment, EntityType
from sightline.stores.catalog.pages import MAX_IDS, Page, window
from sightline.stores.catalog.tables import attachments
from sightline.stores.catalog.upserts import upsert

_COLUMNS = tuple(attachments.c[name] for name in Attachment.__struct_fields__)
_KEPT = frozenset({"created_at_us", "created_by"})


def put(connection: Connection, attachment: Attachment) -> None:
    """Insert the attachment, or replace the one of that name; who made it first, and when, stay."""
    row = {name: getattr(attachment, name) for name in Attachment.__struct_fields__}
    upsert(connection, attachments, row, keep=_KEPT)


def get(
    connection: Connection,
    workspace_id: Id,
    entity_type: EntityType,
    entity_id: Id,
    file_name: str,
) -> Attachment | None:
    conditions = _of_entities(workspace_id, entity_type, [entity_id])
    query = select(*_COLUMNS).where(*conditions, attachments.c.file_name == file_name)
    row = connection.execute(query).one_or_none()
    return Attachment(**row._mapping) if row else None


def list_page(
    connection: Connection,
    workspace_id: Id,
    entity_type: EntityType,
    entity_id: Id,
    *,
    page: int,
    size: int,
) -> Page[Attachment]:
    """Return an entity's attachments by file name."""
    conditions = _of_entities(workspace_id, entity_type, [entity_id])
    count = select(func.count()).select_from(attachments).where(*conditions)
    query = select(*_COLUMNS).where(*conditions).order_by(attachments.c.file_name)
    rows = connection.execute(window(query, page, size))
    return Page(
        [Attachment(**row._mapping) for row in rows], connection.execute(count).scalar_one()
    )


def delete_many(
    connection: Connection,
    workspace_id: Id,
    entity_type: EntityType,
    entity_id: Id,
    file_names: Collection[str],
) -> list[str]:
    """Delete those of the names that exist; return the paths of their blobs."""
    paths: list[str] = []
    wanted = list(file_names)
    for start in range(0, len(wanted), MAX_IDS):
        gone = delete(attachments).where(
            *_of_entities(workspace_id, entity_type, [entity_id]),
            attachments.c.file_name.in_(wanted[start : start + MAX_IDS]),
        )
        paths.extend(connection.execute(gone.returning(attachments.c.path)).scalars())
    return paths


def delete_of_entities(
    connection: Connection,
    workspace_id: Id,
    entity_type: str,
    entity_ids: Collection[Id],
) -> list[str]:
    """Delete every attachment of the entities; return the paths of their blobs."""
    paths: list[str] = []
    wanted = list(entity_ids)
    for start in range(0, len(wanted), MAX_IDS):
        gone = delete(attachments).where(
            *_of_entities(workspace_id, entity_type, wanted[start : start + MAX_IDS])
        )
        paths.extend(connection.execute(gone.returning(attachments.c.path)).scalars())
    return paths


def _of_entities(
    workspace_id: Id, entity_type: str, entity_ids: list[Id]
) -> list[ColumnElement[Any]]:
    return [
        attachments.c.workspace_id == workspace_id,
        attachments.c.entity_type == entity_type,
        attachments.c.entity_id.in_(entity_ids),
    ]
