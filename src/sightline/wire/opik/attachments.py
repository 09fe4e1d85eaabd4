"""Bodies, names and links of attachments.

Source: the published `opik` client 2.2.122 (`rest_api/attachments`, `file_upload`). A file comes in
one of two ways, which the SDK tells apart by `upload_id`: `BEMinIO` means one PUT of the whole file
to our own address with the caller's key; anything else means a PUT of each part, without a key, to
links that answer 200 with an `ETag`, and then `upload-complete`.
"""

import base64
import binascii
import hashlib
import hmac
import mimetypes
import re
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from sightline.core.errors import PermissionDeniedError, UnprocessableError
from sightline.core.ids import Id, format_id, parse_id
from sightline.domain.attachment import DEFAULT_MIME_TYPE, Attachment, EntityType, check

DIRECT_UPLOAD = "BEMinIO"
_PATH = "v1/private/attachment"
# The built-in table: the machine's own would answer differently on another machine.
_TYPES = mimetypes.MimeTypes()
_BASE = re.compile(r"https?://[^\s/?#][^\s?#]*", re.IGNORECASE)
# What a browser shows without running anything. SVG and HTML are not here.
_SHOWN = re.compile(
    r"image/(?:png|jpeg|jpg|gif|webp|avif|bmp|tiff|heic|heif)"
    r"|(?:audio|video)/[\w.+-]+"
    r"|application/(?:pdf|json)|text/(?:plain|markdown|csv)",
    re.IGNORECASE,
)


class StartUploadIn(msgspec.Struct, kw_only=True):
    """The body of `POST upload-start`; `path` is the caller's base URL in base64."""

    file_name: str
    num_of_file_parts: int
    entity_type: str
    entity_id: str
    path: str
    mime_type: str | None = None
    project_name: str | None = None


class PartIn(msgspec.Struct, kw_only=True):
    """A part that was sent."""

    e_tag: str
    part_number: int


class CompleteUploadIn(msgspec.Struct, kw_only=True):
    """The body of `POST upload-complete`; `file_size` in bytes."""

    file_name: str
    entity_type: str
    entity_id: str
    file_size: int
    upload_id: str
    uploaded_file_parts: list[PartIn]
    mime_type: str | None = None
    project_name: str | None = None


class DeleteIn(msgspec.Struct, kw_only=True):
    """The body of `POST delete`: `file_names`, or the one `file_name` that the client sends."""

    entity_type: str
    entity_id: str
    file_names: list[str] | None = None
    file_name: str | None = None
    container_id: str | None = None


class FileRef(msgspec.Struct, frozen=True, kw_only=True):
    """Which file of which entity; `mime_type` is guessed from the name when nobody said it."""

    entity_type: EntityType
    entity_id: Id
    file_name: str
    mime_type: str


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What a signed link allows until `expires_s`, Unix seconds; `rest` tells it from others."""

    action: str
    workspace: str
    rest: tuple[str, ...]
    expires_s: int

    def signature(self, key: bytes) -> str:
        text = "\n".join([self.action, self.workspace, *self.rest, str(self.expires_s)])
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def check(self, key: bytes, signature: str, now_us: int) -> None:
        """Raise `PermissionDeniedError` unless the signature is ours and the time is not over."""
        if not hmac.compare_digest(self.signature(key).encode(), signature.encode()):
            raise PermissionDeniedError("The link's signature is wrong")
        if now_us > self.expires_s * 1_000_000:
            raise PermissionDeniedError("The link has expired", hint="Ask for a new one")


def file_ref(
    entity_type: str, entity_id: str, file_name: str, mime_type: str | None = None
) -> FileRef:
    """Check what a request says of a file. Raises `UnprocessableError` naming the fields."""
    mime_type = mime_type or _TYPES.guess_type(file_name)[0] or DEFAULT_MIME_TYPE
    check(entity_type=entity_type, file_name=file_name, mime_type=mime_type)
    # Nothing here opens such a path, but those who download under this name might.
    if any(part in {"", ".", ".."} for part in re.split(r"[/\\]", file_name)):
        raise _wrong("file_name must not be a path that leads elsewhere")
    return FileRef(
        entity_type=_entity_type(entity_type),
        entity_id=parse_id(entity_id, "entity_id"),
        file_name=file_name,
        mime_type=mime_type,
    )


def entity(entity_type: str, entity_id: str) -> tuple[EntityType, Id]:
    """Check which entity a request names. Raises `UnprocessableError` naming the field."""
    return _entity_type(entity_type), parse_id(entity_id, "entity_id")


def base_url(path: str) -> str:
    """Return the base URL in a `path` (base64, either alphabet), ending in `/`.

    Raises `UnprocessableError` when it is no http(s) URL.
    """
    text = path.strip().replace(" ", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        url = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise _wrong("path must be the base URL in base64") from None
    if not _BASE.fullmatch(url):
        raise _wrong("path must be an http or https URL in base64")
    return url.rstrip("/") + "/"


def upload_url(base: str, ref: FileRef, project_name: str | None) -> str:
    """Return where the whole file is to be PUT, with the caller's key."""
    query = {
        "file_name": ref.file_name,
        "mime_type": ref.mime_type,
        "entity_type": ref.entity_type,
        "entity_id": format_id(ref.entity_id),
    }
    if project_name:
        query["project_name"] = project_name
    return f"{base}{_PATH}/upload?{_query(query)}"


def part_link(workspace_id: str, upload_id: str, number: int, expires_s: int) -> Link:
    """Return the right to PUT one part; ids are hex."""
    return Link(
        action="put-part",
        workspace=workspace_id,
        rest=(upload_id, str(number)),
        expires_s=expires_s,
    )


def part_url(base: str, link: Link, key: bytes) -> str:
    """Return where one part is to be PUT, without a key."""
    query = {
        "workspace": link.workspace,
        "upload_id": link.rest[0],
        "part_number": link.rest[1],
        "expires": str(link.expires_s),
        "signature": link.signature(key),
    }
    return f"{base}{_PATH}/upload-part?{_query(query)}"


def seal_upload_id(upload_id: str, workspace_id: str, ref: FileRef, key: bytes) -> str:
    """Return the upload's id as clients see it: good for this file alone."""
    return f"{upload_id}-{_upload_seal(upload_id, workspace_id, ref, key)}"


def open_upload_id(sealed: str, workspace_id: str, ref: FileRef, key: bytes) -> str:
    """Return the id that was sealed. Raises `UnprocessableError` for one of another file."""
    upload_id, _, seal = sealed.partition("-")
    expected = _upload_seal(upload_id, workspace_id, ref, key)
    if not hmac.compare_digest(seal.encode(), expected.encode()):
        raise _wrong("upload_id is not that of an upload of this file")
    return upload_id


def download_link(
    workspace_id: str, container_id: Id, of: tuple[EntityType, Id], file_name: str, expires_s: int
) -> Link:
    """Return the right to read one file `of` an entity; `workspace_id` is hex."""
    return Link(
        action="get",
        workspace=workspace_id,
        rest=(format_id(container_id), of[0], format_id(of[1]), file_name),
        expires_s=expires_s,
    )


def attachment_body(
    item: Attachment, base: str, workspace_name: str, link: Link, key: bytes
) -> dict[str, Any]:
    """Return an attachment as lists show it; its link is good without a key until it expires."""
    query = {
        "workspace_name": workspace_name,
        "container_id": format_id(item.project_id),
        "entity_type": item.entity_type,
        "entity_id": format_id(item.entity_id),
        "file_name": item.file_name,
        "mime_type": item.mime_type,
        "workspace": link.workspace,
        "expires": str(link.expires_s),
        "signature": link.signature(key),
    }
    return {
        "link": f"{base}{_PATH}/download?{_query(query)}",
        "file_name": item.file_name,
        "file_size": item.size_bytes,
        "mime_type": item.mime_type,
    }


def download_headers(item: Attachment) -> dict[str, str]:
    """Return headers under which a browser never runs what somebody uploaded."""
    kind = "inline" if _SHOWN.fullmatch(item.mime_type) else "attachment"
    name = re.split(r"[/\\]", item.file_name)[-1]
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name)
    utf8 = quote(name, safe="")
    return {
        "Content-Length": str(item.size_bytes),
        "Content-Disposition": f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{utf8}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }


def _entity_type(text: str) -> EntityType:
    if text == "trace":
        return "trace"
    if text == "span":
        return "span"
    raise _wrong("entity_type must be one of trace, span")


def _upload_seal(upload_id: str, workspace_id: str, ref: FileRef, key: bytes) -> str:
    parts = ("upload", workspace_id, ref.entity_type, ref.entity_id.hex(), upload_id, ref.file_name)
    return hmac.new(key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def _query(values: dict[str, str]) -> str:
    return urlencode(values, quote_via=quote)


def _wrong(text: str) -> UnprocessableError:
    return UnprocessableError(text, fields=[text])
