"""How many attachments a project holds."""

from sqlalchemy import Connection, func, select

from sightline.core.ids import Id
from sightline.stores.catalog.tables import attachments


def of_project(connection: Connection, workspace_id: Id, project_id: Id) -> int:
    query = (
        select(func.count())
        .select_from(attachments)
        .where(attachments.c.workspace_id == workspace_id, attachments.c.project_id == project_id)
    )
    return int(connection.execute(query).scalar_one())
