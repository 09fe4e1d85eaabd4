"""Attachments: files that belong to a trace or a span."""

import hashlib
from typing import Literal, get_args

import msgspec

from sightline.core.errors import UnprocessableError
from sightline.core.ids import Id

EntityType = Literal["trace", "span"]
ENTITY_TYPES: tuple[EntityType, ...] = get_args(EntityType)

MAX_FILE_NAME_LENGTH = 500
MAX_MIME_TYPE_LENGTH = 255
DEFAULT_MIME_TYPE = "application/octet-stream"


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """One file; `path` is where its bytes are among the blobs."""

    workspace_id: Id
    entity_type: EntityType
    entity_id: Id
    file_name: str
    project_id: Id
    mime_type: str
    size_bytes: int
    path: str
    created_at_us: int
    created_by: str
    last_updated_at_us: int
    last_updated_by: str


def check(*, entity_type: str, file_name: str, mime_type: str) -> None:
    """Raise `UnprocessableError` with every rule that is broken."""
    broken: list[str] = []
    if entity_type not in ENTITY_TYPES:
        broken.append(f"entity_type must be one of {list(ENTITY_TYPES)}")
    if not file_name.strip():
        broken.append("file_name must not be blank")
    if len(file_name) > MAX_FILE_NAME_LENGTH:
        broken.append(f"file_name size must be between 1 and {MAX_FILE_NAME_LENGTH}")
    if not file_name.isprintable():
        broken.append("file_name must not have control characters")
    # It comes back as a header.
    if len(mime_type) > MAX_MIME_TYPE_LENGTH or not mime_type.isascii():
        broken.append(f"mime_type must be ASCII of at most {MAX_MIME_TYPE_LENGTH} characters")
    elif not mime_type.isprintable():
        broken.append("mime_type must not have control characters")
    if broken:
        raise UnprocessableError(broken[0], fields=broken)


def blob_path(workspace_id: Id, entity_type: EntityType, entity_id: Id, file_name: str) -> str:
    """Return where the file's bytes go: made of hex only, whatever the file is called."""
    digest = hashlib.sha256(file_name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"attachments/{workspace_id.hex()}/{entity_type}/{entity_id.hex()}/{digest}"
