"""Attachments: files of traces and spans, sent whole or in parts, listed, read and deleted."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import MediaType, Request, Response, Router, get, post, put
from litestar.response import Stream

from sightline.api.kit.auth import authenticate
from sightline.api.kit.bodies import ENDED_EARLY, read_json
from sightline.api.kit.counts import check_count
from sightline.api.kit.paging import check_page, page_body
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.errors import (
    InvalidRequestError,
    NotFoundError,
    UnprocessableError,
    UnsupportedMediaTypeError,
)
from sightline.core.ids import parse_id
from sightline.domain.workspace import DEFAULT_PROJECT, Principal
from sightline.services.ingest.attachments import Attachments, NewFile
from sightline.services.ingest.uploads import (
    MAX_PARTS,
    UPLOAD_LASTS_US,
    Part,
    Uploads,
    signing_key,
)
from sightline.services.query import attachments as reading
from sightline.wire.opik.attachments import (
    DIRECT_UPLOAD,
    CompleteUploadIn,
    DeleteIn,
    FileRef,
    StartUploadIn,
    attachment_body,
    base_url,
    download_headers,
    download_link,
    entity,
    file_ref,
    open_upload_id,
    part_link,
    part_url,
    seal_upload_id,
    upload_url,
)

_LIST_SIZE = 100
_HOUR_S = 3600


@post("/upload-start", status_code=200, opt={"body": StartUploadIn})
async def start_upload(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> Response[bytes]:
    """Say where to send a file: one of a single part whole, a larger one part by part."""
    item = await read_json(request, StartUploadIn)
    ref = file_ref(item.entity_type, item.entity_id, item.file_name, item.mime_type)
    base = base_url(item.path)
    check_count(item.num_of_file_parts, MAX_PARTS, "num_of_file_parts")
    if item.num_of_file_parts == 1:
        return _json(
            {
                "upload_id": DIRECT_UPLOAD,
                "pre_sign_urls": [upload_url(base, ref, item.project_name)],
            }
        )
    key = await signing_key(services.catalog, services.clock)
    upload_id = await _uploads(services).start(who.workspace_id, item.num_of_file_parts)
    expires_s = (services.clock.now_us() + UPLOAD_LASTS_US) // 1_000_000
    workspace = who.workspace_id.hex()
    urls = [
        part_url(base, part_link(workspace, upload_id, number, expires_s), key)
        for number in range(1, item.num_of_file_parts + 1)
    ]
    return _json(
        {"upload_id": seal_upload_id(upload_id, workspace, ref, key), "pre_sign_urls": urls}
    )


@put("/upload", status_code=204)
async def upload(
    request: Request[Any, Any, Any],
    who: Principal,
    services: Services,
    file_name: str,
    entity_type: str,
    entity_id: str,
    project_name: str | None = None,
    mime_type: str | None = None,
) -> None:
    """Store the body as a file, replacing the one of that name; answers when it is on disk."""
    ref = file_ref(entity_type, entity_id, file_name, mime_type)
    store = services.attachments
    chunks = _body(request, store)
    await store.add(await _new_file(services, who, ref, project_name), chunks)


@put("/upload-part", status_code=200, opt={"public": True})
async def upload_part(
    request: Request[Any, Any, Any],
    services: Services,
    workspace: str,
    upload_id: str,
    part_number: int,
    expires: int,
    signature: str,
) -> Response[None]:
    """Store one part of a file. The link is the permission: it was given to a writer."""
    key = await signing_key(services.catalog, services.clock)
    link = part_link(workspace, upload_id, part_number, expires)
    link.check(key, signature, services.clock.now_us())
    chunks = _body(request, services.attachments)
    tag = await _uploads(services).add_part(
        bytes.fromhex(workspace), upload_id, part_number, chunks
    )
    return Response(None, status_code=200, headers={"ETag": f'"{tag}"'})


@post("/upload-complete", status_code=204, opt={"body": CompleteUploadIn})
async def complete_upload(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Join the parts that were sent; answers when the file is on disk."""
    item = await read_json(request, CompleteUploadIn)
    ref = file_ref(item.entity_type, item.entity_id, item.file_name, item.mime_type)
    file = await _new_file(services, who, ref, item.project_name)
    if item.upload_id == DIRECT_UPLOAD:
        # There is nothing to join; a client that asks all the same learns whether it is there.
        if await services.attachments.find(file) is None:
            raise NotFoundError("Attachment not found")
        return
    check_count(len(item.uploaded_file_parts), MAX_PARTS, "uploaded_file_parts")
    key = await signing_key(services.catalog, services.clock)
    upload_id = open_upload_id(item.upload_id, who.workspace_id.hex(), ref, key)
    parts = [Part(part.part_number, part.e_tag) for part in item.uploaded_file_parts]
    await _uploads(services).complete(file, upload_id, parts, item.file_size)


@get("/list")
async def list_attachments(
    who: Principal,
    services: Services,
    project_id: str,
    entity_type: str,
    entity_id: str,
    path: str | None = None,
    page: int | None = None,
    size: int | None = None,
) -> Response[bytes]:
    """List the files of a trace or span, by name, with links that are good for an hour or two."""
    kind, id = entity(entity_type, entity_id)
    project = parse_id(project_id, "project_id")
    base = base_url(path) if path else f"{services.public_url}/api/"
    page, size = check_page(page, size or _LIST_SIZE)
    found = await reading.list_page(
        services.catalog, who.workspace_id, project, kind, id, page=page, size=size
    )
    key = await signing_key(services.catalog, services.clock)
    # The same link for an hour, so that a browser may keep what it has read.
    expires_s = (services.clock.now_us() // 1_000_000 // _HOUR_S + 2) * _HOUR_S
    content = []
    for item in found.items:
        link = download_link(who.workspace_id.hex(), project, (kind, id), item.file_name, expires_s)
        content.append(attachment_body(item, base, who.workspace_name, link, key))
    return _json(page_body(page, found.total, content, sortableBy=[]))


@get("/download", opt={"public": True})
async def download(
    request: Request[Any, Any, Any],
    services: Services,
    container_id: str,
    entity_type: str,
    entity_id: str,
    file_name: str,
    workspace: str | None = None,
    expires: int = 0,
    signature: str | None = None,
) -> Stream:
    """Send a file. Asks for a key, unless the link is one that a list has signed."""
    kind, id = entity(entity_type, entity_id)
    project = parse_id(container_id, "container_id")
    if signature is None or workspace is None:
        workspace_id = (await authenticate(request, services)).workspace_id
    else:
        key = await signing_key(services.catalog, services.clock)
        link = download_link(workspace, project, (kind, id), file_name, expires)
        link.check(key, signature, services.clock.now_us())
        workspace_id = bytes.fromhex(workspace)
    file = await reading.open_file(
        services.catalog, services.blobs, workspace_id, project, kind, id, file_name
    )
    return Stream(
        file.blob.chunks,
        media_type=file.attachment.mime_type,
        headers=download_headers(file.attachment),
    )


@post("/delete", status_code=204, opt={"body": DeleteIn})
async def delete_attachments(
    request: Request[Any, Any, Any], who: Principal, services: Services
) -> None:
    """Delete those of the named files that exist."""
    item = await read_json(request, DeleteIn)
    kind, id = entity(item.entity_type, item.entity_id)
    names = item.file_names if item.file_names is not None else [item.file_name or ""]
    if not all(names):
        text = "file_names must not be blank"
        raise UnprocessableError(text, fields=[text])
    await services.attachments.delete(who.workspace_id, kind, id, set(names))


def _uploads(services: Services) -> Uploads:
    return Uploads(services.attachments, services.catalog, services.blobs, services.clock)


async def _new_file(
    services: Services, who: Principal, ref: FileRef, project_name: str | None
) -> NewFile:
    name = (project_name or "").strip() or DEFAULT_PROJECT
    projects = await services.directory.project_ids(who.workspace_id, [name])
    return NewFile(
        workspace_id=who.workspace_id,
        project_id=projects[name],
        entity_type=ref.entity_type,
        entity_id=ref.entity_id,
        file_name=ref.file_name,
        mime_type=ref.mime_type,
        user=who.user,
    )


async def _body(request: Request[Any, Any, Any], store: Attachments) -> AsyncIterator[bytes]:
    """Yield the body as it comes; it is the file, so it is never held whole."""
    encoding = (request.headers.get("content-encoding") or "identity").strip().lower()
    if encoding != "identity":
        raise UnsupportedMediaTypeError("A file is sent as it is, without a Content-Encoding")
    declared = request.headers.get("content-length")
    if declared and declared.isdigit():
        store.check_size(int(declared))
    received = 0
    try:
        async for chunk in request.stream():
            received += len(chunk)
            yield chunk
    except ENDED_EARLY as error:
        raise InvalidRequestError("The file ended early") from error
    if declared and declared.isdigit() and received != int(declared):
        raise InvalidRequestError("The file ended early")


def _json(body: dict[str, Any]) -> Response[bytes]:
    return Response(codec.encode(body), media_type=MediaType.JSON)


ROUTER = Router(
    path="/api/v1/private/attachment",
    route_handlers=[
        start_upload,
        upload,
        upload_part,
        complete_upload,
        list_attachments,
        download,
        delete_attachments,
    ],
    tags=["attachments"],
)
