"""The files of a trace or span with links that a browser may follow."""

from typing import Any

from sightline.api.kit.services import Services
from sightline.core.ids import Id
from sightline.domain.attachment import EntityType
from sightline.domain.workspace import Principal
from sightline.services.ingest.uploads import signing_key
from sightline.services.query import attachments
from sightline.wire.opik.attachments import attachment_body, download_link

# An entity with more is looked at through Opik's list, which has pages.
_MOST = 1_000
_HOUR_S = 3600
# Relative: good under whatever address the reader has reached this server.
_BASE = "/api/"


async def files_of(
    who: Principal, services: Services, project_id: Id, entity: EntityType, id: Id
) -> list[dict[str, Any]]:
    """Return the first files by name; their links are good for an hour or two without a key."""
    found = await attachments.list_page(
        services.catalog, who.workspace_id, project_id, entity, id, page=1, size=_MOST
    )
    if not found.items:
        return []
    key = await signing_key(services.catalog, services.clock)
    # The same link for an hour, so that a browser may keep what it has read.
    expires_s = (services.clock.now_us() // 1_000_000 // _HOUR_S + 2) * _HOUR_S
    workspace = who.workspace_id.hex()
    return [
        attachment_body(
            item,
            _BASE,
            who.workspace_name,
            download_link(workspace, project_id, (entity, id), item.file_name, expires_s),
            key,
        )
        for item in found.items
    ]
