"""Attachments: durable, replaced whole, cut out of payloads and put back, deleted completely."""

import asyncio
import base64
import hashlib
import json
import os
import signal
import sys
import textwrap

import pytest
from sqlalchemy.exc import IntegrityError

from sightline.core.clock import FakeClock
from sightline.core.errors import (
    InvalidRequestError,
    NotFoundError,
    PayloadTooLargeError,
)
from sightline.core.ids import derived_id, new_id
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.ingest.attachments import Attachments, NewFile
from sightline.services.ingest.media import BlobMedia
from sightline.services.ingest.options import IngestOptions
from sightline.services.ingest.uploads import Part, Uploads, signing_key
from sightline.services.query import attachments as reading
from sightline.stores.blobs import Blobs
from sightline.stores.catalog import jobs
from sightline.stores.catalog.engine import Catalog

W = DEFAULT_WORKSPACE_ID
PROJECT = new_id()
TRACE = derived_id(1_790_000_000_123, "trace")
PNG = b"\x89PNG\r\n\x1a\n" + os.urandom(300_000)


@pytest.fixture
def catalog(catalog_url):
    catalog = Catalog.open(catalog_url)
    yield catalog
    catalog.close()


@pytest.fixture
def store(catalog, blobs, clock):
    return Attachments(catalog, blobs, clock, max_file_bytes=1_000_000)


@pytest.fixture
def uploads(store, catalog, blobs, clock):
    return Uploads(store, catalog, blobs, clock)


@pytest.fixture
def media(store):
    return BlobMedia(store, IngestOptions(min_media_bytes=4096))


def new_file(name="a.png", *, workspace_id=W, entity_id=TRACE, mime_type="image/png"):
    return NewFile(
        workspace_id=workspace_id,
        project_id=PROJECT,
        entity_type="trace",
        entity_id=entity_id,
        file_name=name,
        mime_type=mime_type,
        user="ann",
    )


async def stream(*chunks):
    for chunk in chunks:
        yield chunk


async def read(catalog, blobs, name, *, workspace_id=W, entity_type="trace", entity_id=TRACE):
    file = await reading.open_file(
        catalog, blobs, workspace_id, PROJECT, entity_type, entity_id, name
    )
    return b"".join([chunk async for chunk in file.blob.chunks])


async def names(catalog, *, workspace_id=W, project_id=PROJECT, entity_type="trace", id=TRACE):
    page = await reading.list_page(
        catalog, workspace_id, project_id, entity_type, id, page=1, size=100
    )
    return [item.file_name for item in page.items]


def files(tmp_path):
    return [p for p in (tmp_path / "blobs").rglob("*") if p.is_file() and p.parent.name[0] != "."]


async def test_a_file_comes_back_and_is_listed(store, catalog, blobs):
    made = await store.add(new_file(), stream(b"one", b"two"))

    assert made.size_bytes == 6
    assert await read(catalog, blobs, "a.png") == b"onetwo"
    page = await reading.list_page(catalog, W, PROJECT, "trace", TRACE, page=1, size=100)
    assert (page.total, page.items) == (1, [made])


async def test_pages_of_a_list(store, catalog):
    for n in range(5):
        await store.add(new_file(f"{n}.png"), stream(b"x"))

    page = await reading.list_page(catalog, W, PROJECT, "trace", TRACE, page=2, size=2)
    assert ([item.file_name for item in page.items], page.total) == (["2.png", "3.png"], 5)


async def test_the_same_name_again_replaces_the_file_and_its_bytes(store, catalog, tmp_path):
    blobs = Blobs.open(str(tmp_path / "blobs"))
    store = Attachments(catalog, blobs, FakeClock())
    await store.add(new_file(), stream(b"old"))
    await store.add(new_file(mime_type="image/gif"), stream(b"newer"))

    assert await read(catalog, blobs, "a.png") == b"newer"
    found = await store.find(new_file())
    assert (found.size_bytes, found.mime_type) == (5, "image/gif")
    assert len(files(tmp_path)) == 1


async def test_other_workspaces_projects_and_entities_see_nothing(store, catalog, blobs):
    await store.add(new_file(), stream(b"x"))

    for where in (
        {"workspace_id": new_id()},
        {"entity_id": new_id()},
        {"entity_type": "span"},
    ):
        with pytest.raises(NotFoundError):
            await read(catalog, blobs, "a.png", **where)
    assert await names(catalog, project_id=new_id()) == []
    assert await names(catalog, workspace_id=new_id()) == []


async def test_a_file_over_the_cap_leaves_nothing(store, catalog, blobs):
    async def endless():
        while True:
            yield bytes(100_000)

    with pytest.raises(PayloadTooLargeError):
        await store.add(new_file(), endless())
    assert await names(catalog) == []


async def test_what_the_body_raises_reaches_the_caller_and_nothing_is_stored(store, catalog):
    async def broken():
        yield bytes(300_000)
        raise InvalidRequestError("The file ended early")

    with pytest.raises(InvalidRequestError, match="ended early"):
        await store.add(new_file(), broken())
    assert await names(catalog) == []


async def test_an_empty_file_is_refused(store, catalog):
    with pytest.raises(InvalidRequestError, match="empty"):
        await store.add(new_file(), stream())
    assert await names(catalog) == []


async def test_deleting_takes_rows_and_bytes(catalog, tmp_path):
    blobs = Blobs.open(str(tmp_path / "blobs"))
    store = Attachments(catalog, blobs, FakeClock())
    other = new_id()
    for name, id in (("a", TRACE), ("b", TRACE), ("c", other), ("d", new_id())):
        await store.add(new_file(name, entity_id=id), stream(b"x"))

    await store.delete(W, "trace", TRACE, {"a", "never"})
    assert await names(catalog) == ["b"]
    await store.delete_for_entities(new_id(), "trace", [TRACE, other])
    await store.delete_for_entities(W, "span", [TRACE, other])
    assert await names(catalog) == ["b"]
    await store.delete_for_entities(W, "trace", [TRACE, other])
    assert await names(catalog) == await names(catalog, id=other) == []
    assert len(files(tmp_path)) == 1


async def test_parts_become_the_file_in_their_order(uploads, catalog, blobs):
    upload = await uploads.start(W, 3)
    tags = {}
    for n, data in ((3, b"c"), (1, b"a" * 70_000), (2, b"wrong"), (2, b"b" * 70_000)):
        tags[n] = await uploads.add_part(W, upload, n, stream(data))
    assert tags[3] == hashlib.sha256(b"c").hexdigest()

    parts = [Part(n, f'"{tag}"') for n, tag in tags.items()]
    made = await uploads.complete(new_file(), upload, parts, 140_001)
    assert await read(catalog, blobs, "a.png") == b"a" * 70_000 + b"b" * 70_000 + b"c"
    # The answer to the first call may have been lost.
    assert await uploads.complete(new_file(), upload, parts, 140_001) == made
    for n in (1, 2, 3):
        assert not await blobs.exists(f"uploads/{W.hex()}/{upload}/{n}")


@pytest.mark.parametrize(
    ("numbers", "tag", "size", "message"),
    [
        ([1], None, 9, "file_size must be 4"),
        ([1], "0" * 64, 4, "part 1 has another e_tag"),
        ([1, 2], None, 4, "part 2 was not uploaded"),
        ([1, 1], None, 8, "without a gap"),
        ([2], None, 4, "without a gap"),
        ([], None, 0, "without a gap"),
    ],
)
async def test_parts_that_do_not_fit_are_refused(uploads, catalog, numbers, tag, size, message):
    upload = await uploads.start(W, 2)
    right = await uploads.add_part(W, upload, 1, stream(b"data"))

    with pytest.raises(InvalidRequestError, match=message):
        await uploads.complete(new_file(), upload, [Part(n, tag or right) for n in numbers], size)
    assert await names(catalog) == []
    await uploads.complete(new_file(), upload, [Part(1, right)], 4)
    assert await names(catalog) == ["a.png"]


async def test_joined_parts_keep_the_cap(uploads, catalog):
    upload = await uploads.start(W, 2)
    tags = [await uploads.add_part(W, upload, n, stream(bytes(600_000))) for n in (1, 2)]
    parts = [Part(n, tag) for n, tag in enumerate(tags, 1)]

    for claimed in (1_200_000, 10):
        with pytest.raises(PayloadTooLargeError):
            await uploads.complete(new_file(), upload, parts, claimed)
    assert await names(catalog) == []


async def test_parts_of_another_workspaces_upload_are_not_there(uploads):
    upload = await uploads.start(W, 1)
    tag = await uploads.add_part(W, upload, 1, stream(b"secret"))

    with pytest.raises(InvalidRequestError, match="was not uploaded"):
        await uploads.complete(new_file(workspace_id=new_id()), upload, [Part(1, tag)], 6)


async def test_parts_of_an_abandoned_upload_go_after_a_day(uploads, blobs, clock):
    upload = await uploads.start(W, 2)
    await uploads.add_part(W, upload, 2, stream(b"left"))
    path = f"uploads/{W.hex()}/{upload}/2"

    clock.advance(24 * 3600)
    await uploads.start(W, 1)
    assert await blobs.exists(path)
    clock.advance(3601)
    await uploads.start(W, 1)
    assert not await blobs.exists(path)


async def test_what_became_of_abandoned_uploads_is_forgotten(uploads, catalog, clock):
    for _ in range(3):
        await uploads.start(W, 1)
        clock.advance(25 * 3600 + 1)
    await uploads.start(W, 1)

    counted = await catalog.read(jobs.counts)
    assert {c.state: c.count for c in counted} == {"queued": 1, "done": 1}


async def test_two_calls_at_once_may_complete_an_upload(
    uploads, store, catalog, blobs, blobs_at, clock
):
    class Overtaken(Blobs):
        """Another call ends while this one is about to read its second part."""

        async def get(self, path):
            if path.endswith("/2"):
                await uploads.complete(new_file(), upload, parts, 8)
            return await super().get(path)

    upload = await uploads.start(W, 2)
    parts = [Part(n, await uploads.add_part(W, upload, n, stream(b"data"))) for n in (1, 2)]
    slow = Uploads(store, catalog, Overtaken.open(blobs_at), clock)
    made = await slow.complete(new_file(), upload, parts, 8)

    assert made == await store.find(new_file())
    assert await read(catalog, blobs, "a.png") == b"datadata"


async def test_the_signing_key_is_made_once(catalog, clock):
    keys = await asyncio.gather(*[signing_key(catalog, clock) for _ in range(8)])

    assert len(set(keys)) == 1
    assert len(keys[0]) == 32


def trace(**fields):
    return TraceWrite(id=TRACE, version_us=1, project_id=PROJECT, **fields)


def data_url(data=PNG, media_type="image/png"):
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


async def test_media_leave_a_reference_and_come_back(media, catalog, blobs):
    asked = json.dumps(
        {"messages": [{"image_url": {"url": data_url()}}, "é ] [", data_url(b"%PDF-" + PNG)]}
    )
    told = json.dumps({"b64_json": base64.b64encode(b"RIFF0000WAVE" + PNG).decode()})
    write = trace(input=asked, output=told, metadata='{"a": 1}')

    assert media.has_media(write)
    await media.extract(W, write, "ann")
    assert len(write.input) < 500
    assert len(write.output) < 500
    assert write.metadata == '{"a": 1}'
    assert await reading.reinject(catalog, blobs, W, "trace", TRACE, write.input) == asked
    assert await reading.reinject(catalog, blobs, W, "trace", TRACE, write.output) == told
    page = await reading.list_page(catalog, W, PROJECT, "trace", TRACE, page=1, size=9)
    assert sorted(item.mime_type for item in page.items) == ["audio/wav", "image/png", "image/png"]
    assert {item.created_by for item in page.items} == {"ann"}


async def test_start_and_end_message_store_an_image_once(media, catalog, tmp_path):
    blobs = Blobs.open(str(tmp_path / "blobs"))
    media = BlobMedia(Attachments(catalog, blobs, FakeClock()), IngestOptions(min_media_bytes=4096))
    texts = set()
    for _ in range(3):
        write = trace(input=json.dumps({"image": data_url()}))
        await media.extract(W, write, "ann")
        texts.add(write.input)

    assert len(texts) == 1
    assert len(await names(catalog)) == 1
    assert len(files(tmp_path)) == 1


async def test_spans_keep_their_media_under_their_own_id(media, catalog, blobs):
    text = json.dumps(data_url())
    span = SpanWrite(id=new_id(), trace_id=TRACE, version_us=1, project_id=PROJECT, output=text)
    await media.extract(W, span, "ann")

    assert len(await names(catalog, entity_type="span", id=span.id)) == 1
    assert await reading.reinject(catalog, blobs, W, "span", span.id, span.output) == text
    for workspace, kind, id in ((new_id(), "span", span.id), (W, "trace", span.id), (W, "span", W)):
        unchanged = await reading.reinject(catalog, blobs, workspace, kind, id, span.output)
        assert unchanged == span.output


async def test_ordinary_messages_have_no_media(media):
    for text in (None, '"short"', json.dumps("words and words " * 10_000)):
        assert not media.has_media(trace(input=text))


async def test_a_reference_whose_file_is_gone_stays(media, store, catalog, blobs):
    write = trace(input=json.dumps([data_url(), data_url(b"GIF89a" + PNG, "image/gif")]))
    await media.extract(W, write, "ann")
    gone = next(name for name in await names(catalog) if name.endswith(".gif"))
    await store.delete(W, "trace", TRACE, [gone])

    text = await reading.reinject(catalog, blobs, W, "trace", TRACE, write.input)
    assert json.loads(text) == [data_url(), f"[{gone}]"]


async def test_a_text_that_repeats_a_reference_cannot_fill_the_memory(media, catalog, blobs):
    write = trace(input=json.dumps(data_url()))
    await media.extract(W, write, "ann")
    bomb = json.dumps(json.loads(write.input) * 10_000)

    assert await reading.reinject(catalog, blobs, W, "trace", TRACE, bomb) == bomb
    small = await reading.reinject(catalog, blobs, W, "trace", TRACE, write.input, max_length=1000)
    assert small == write.input


async def test_a_file_put_under_a_cut_name_does_not_stop_the_next_message(
    media, store, catalog, blobs
):
    text = json.dumps(data_url())
    write = trace(input=text)
    await media.extract(W, write, "ann")
    [name] = await names(catalog)
    await store.add(new_file(name, mime_type='text/x","admin":"'), stream(b"other"))
    assert await reading.reinject(catalog, blobs, W, "trace", TRACE, write.input) == write.input

    again = trace(input=text)
    await media.extract(W, again, "ann")
    assert await reading.reinject(catalog, blobs, W, "trace", TRACE, again.input) == text


async def test_a_catalog_that_fails_leaves_the_message_whole(media, catalog, blobs):
    text = json.dumps(data_url())
    write = trace(input=text)
    failing = {
        "SQLite": "CREATE TRIGGER planted BEFORE INSERT ON attachments "
        "BEGIN SELECT RAISE(ABORT, 'planted'); END",
        "Postgres": "ALTER TABLE attachments ADD CONSTRAINT planted CHECK (size_bytes < 0)",
    }
    await catalog.write(lambda c: c.exec_driver_sql(failing[catalog.kind]))
    with pytest.raises(IntegrityError, match="planted"):
        await media.extract(W, write, "ann")
    assert write.input == text
    assert await names(catalog) == []


_KILLED = """
import asyncio, os, signal, sys
from sightline.core.clock import SystemClock
from sightline.core.ids import parse_id
from sightline.services.ingest.attachments import Attachments, NewFile
from sightline.stores.blobs import Blobs
from sightline.stores.catalog.engine import Catalog

catalog_at, blobs_at, workspace, project, trace = sys.argv[1:]
blobs = Blobs.open(blobs_at)
catalog = Catalog.open(catalog_at)

class Killed(Attachments):
    async def record(self, file, path, size_bytes):
        assert await blobs.size(path) == size_bytes
        os.kill(os.getpid(), signal.SIGKILL)

async def chunks():
    yield b"the new bytes, longer than the old"

file = NewFile(
    workspace_id=bytes.fromhex(workspace), project_id=bytes.fromhex(project), entity_type="trace",
    entity_id=bytes.fromhex(trace), file_name="a.png", mime_type="image/gif", user="bob",
)
asyncio.run(Killed(catalog, blobs, SystemClock()).add(file, chunks()))
"""


async def test_killed_between_bytes_and_row_the_old_file_is_whole(
    catalog, catalog_url, blobs_at, blobs
):
    store = Attachments(catalog, blobs, FakeClock())
    before = await store.add(new_file(), stream(b"the old bytes"))

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        textwrap.dedent(_KILLED),
        catalog_url,
        blobs_at,
        W.hex(),
        PROJECT.hex(),
        TRACE.hex(),
    )
    assert await process.wait() == -signal.SIGKILL
    assert await store.find(new_file()) == before
    assert await read(catalog, blobs, "a.png") == b"the old bytes"
    assert await names(catalog) == ["a.png"]
    await store.add(new_file(), stream(b"again"))
    assert await read(catalog, blobs, "a.png") == b"again"
