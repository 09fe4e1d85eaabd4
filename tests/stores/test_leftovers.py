"""Bytes of attachments whose row could not be written: they go, unless a row names them."""

import pytest

from sightline.core.errors import StoreUnavailableError
from sightline.core.ids import new_id
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID
from sightline.services.ingest.attachments import Attachments, NewFile
from sightline.services.ingest.uploads import Part, Uploads
from sightline.stores.blobs import Blobs
from sightline.stores.catalog import jobs
from sightline.stores.catalog.engine import Catalog

W = DEFAULT_WORKSPACE_ID
TRACE = new_id()


def new_file():
    return NewFile(
        workspace_id=W,
        project_id=new_id(),
        entity_type="trace",
        entity_id=TRACE,
        file_name="a.png",
        mime_type="image/png",
        user="ann",
    )


async def stream(data):
    yield data


async def read(blobs, attachment):
    return b"".join([chunk async for chunk in (await blobs.get(attachment.path)).chunks])


class Unsure(Catalog):
    """A catalog that may be away, or do what it is told and not say so."""

    is_away = loses_answers = False

    async def write(self, fn):
        if self.is_away:
            raise StoreUnavailableError("away")
        done = await super().write(fn)
        if self.loses_answers:
            raise StoreUnavailableError("no answer")
        return done


@pytest.fixture
def unsure(catalog_url):
    catalog = Unsure.open(catalog_url)
    yield catalog
    catalog.close()


async def objects(blobs):
    return {path async for path, _ in blobs.list() if path.startswith("attachments/")}


async def test_bytes_whose_row_was_not_written_go_later(unsure, blobs, clock):
    store = Attachments(unsure, blobs, clock)
    before = await store.add(new_file(), stream(b"old"))
    unsure.is_away = True
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            await store.add(new_file(), stream(b"new"))
        with pytest.raises(StoreUnavailableError):
            await store.leftovers.look()
    unsure.is_away = False
    await store.leftovers.look()
    assert len(await objects(blobs)) == 3

    # Another process may find it to do.
    clock.advance(3601)
    await Attachments(unsure, blobs, clock).leftovers.look()
    assert await objects(blobs) == {before.path}
    assert await read(blobs, before) == b"old"


async def test_bytes_whose_row_was_written_after_all_stay_and_the_old_go(unsure, blobs, clock):
    store = Attachments(unsure, blobs, clock)
    await store.add(new_file(), stream(b"old"))
    unsure.loses_answers = True
    with pytest.raises(StoreUnavailableError):
        await store.add(new_file(), stream(b"new"))
    unsure.loses_answers = False
    await store.leftovers.stop()
    clock.advance(3601)
    await store.leftovers.look()
    found = await store.find(new_file())
    assert await objects(blobs) == {found.path}
    assert await read(blobs, found) == b"new"


async def test_an_upload_may_be_completed_again_where_its_row_was_not_written(unsure, blobs, clock):
    store = Attachments(unsure, blobs, clock)
    uploads = Uploads(store, unsure, blobs, clock)
    upload = await uploads.start(W, 1)
    parts = [Part(1, await uploads.add_part(W, upload, 1, stream(b"data")))]
    unsure.is_away = True
    with pytest.raises(StoreUnavailableError):
        await uploads.complete(new_file(), upload, parts, 4)
    unsure.is_away = False
    made = await uploads.complete(new_file(), upload, parts, 4)
    await store.leftovers.look()
    clock.advance(3601)
    await store.leftovers.look()
    assert await objects(blobs) == {made.path}
    assert await read(blobs, made) == b"data"


async def test_a_file_that_cannot_be_deleted_is_tried_again(unsure, blobs_at, clock):
    class Failing(Blobs):
        fails = False

        async def delete(self, paths):
            if self.fails:
                raise StoreUnavailableError("away")
            await super().delete(paths)

    blobs = Failing.open(blobs_at)
    store = Attachments(unsure, blobs, clock)
    unsure.is_away = True
    with pytest.raises(StoreUnavailableError):
        await store.add(new_file(), stream(b"new"))
    unsure.is_away = False
    await store.leftovers.look()
    clock.advance(3601)
    blobs.fails = True
    with pytest.raises(StoreUnavailableError):
        await store.leftovers.look()
    blobs.fails = False
    clock.advance(3601)
    await store.leftovers.look()
    assert await objects(blobs) == set()
    counted = await unsure.read(jobs.counts)
    assert {c.state: c.count for c in counted} == {"done": 1}
