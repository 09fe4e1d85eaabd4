"""Blobs: whole or absent, durable, and never outside their store."""

import errno
import os
import stat

import pytest

from sightline.core.errors import (
    ConfigurationError,
    InvalidRequestError,
    NotFoundError,
    StoreFullError,
    StoreUnavailableError,
)
from sightline.stores.blobs import Blobs
from sightline.stores.blobs.durable import INCOMING, Upload
from tests import outside
from tests.outside import blobs_url


@pytest.fixture(params=["folder", "memory", "s3"])
def blobs(request, tmp_path):
    return Blobs.open(blobs_url(request.param, tmp_path))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "blobs"


async def content(blobs, path):
    blob = await blobs.get(path)
    data = b"".join([chunk async for chunk in blob.chunks])
    assert blob.size_bytes == len(data)
    return data


async def stream(*chunks):
    for chunk in chunks:
        yield chunk


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


async def test_blob_comes_back_as_it_was(blobs):
    assert await blobs.put("a/b/c.bin", b"hello") == 5

    assert await content(blobs, "a/b/c.bin") == b"hello"
    assert await blobs.size("a/b/c.bin") == 5
    assert await blobs.exists("a/b/c.bin")


async def test_empty_blob_is_a_blob(blobs):
    assert await blobs.put("empty", b"") == 0
    assert await content(blobs, "empty") == b""


async def test_stream_is_stored_and_read_in_chunks(blobs):
    chunks = [os.urandom(90_001) for _ in range(60)]

    assert await blobs.put("big", stream(*chunks)) == 60 * 90_001
    assert await content(blobs, "big") == b"".join(chunks)


async def test_second_put_replaces_the_first(blobs):
    await blobs.put("a", b"first and longer")
    await blobs.put("a", b"second")
    assert await content(blobs, "a") == b"second"


async def test_missing_blob_is_not_found(blobs):
    await blobs.put("a/b", b"x")

    for path in ("nothing", "a"):
        with pytest.raises(NotFoundError):
            await blobs.get(path)
        assert await blobs.size(path) is None
        assert not await blobs.exists(path)


async def test_delete_forgets_what_exists(blobs):
    for path in ("a/1", "a/2", "a/3"):
        await blobs.put(path, b"x")

    await blobs.delete(["a/1", "a/none", "a/2"])
    await blobs.delete([])
    assert [await blobs.exists(f"a/{n}") for n in (1, 2, 3)] == [False, False, True]


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/..", "a//b", "a/", "./a"),
        *(".incoming/x", "a\\..\\b", "a\0b", "a\nb", "a b", "ä", "%2e%2e/x", "~", "a" * 513),
        *("a:b", "a/.hidden"),
    ],
)
async def test_path_that_could_lead_out_is_refused(blobs, path):
    for work in (blobs.put(path, b"x"), blobs.get(path), blobs.size(path), blobs.delete([path])):
        with pytest.raises(InvalidRequestError):
            await work


async def test_files_are_for_their_owner_alone(folder):
    await Blobs.open(f"file://{folder}").put("a/b", b"x")

    modes = {str(p.relative_to(folder)): stat.S_IMODE(p.stat().st_mode) for p in folder.rglob("*")}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes == {INCOMING: 0o700, "a": 0o700, "a/b": 0o600}


async def test_blobs_survive_reopening(folder):
    await Blobs.open(str(folder)).put("a/b", b"x")

    assert await content(Blobs.open(str(folder)), "a/b") == b"x"


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="reads names of open files")
async def test_file_and_folder_are_synced_before_put_returns(folder, monkeypatch):
    synced = []
    real = os.fsync

    def fsync(fd):
        synced.append(os.readlink(f"/proc/self/fd/{fd}"))
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    await Blobs.open(str(folder)).put("a/b/c", b"x")

    assert synced[0].startswith(str(folder / INCOMING))
    # Each folder that gained a name, in the order in which they did.
    assert synced[1:] == [str(folder), str(folder / "a"), str(folder / "a" / "b")]


async def test_files_of_more_than_a_part_come_back_from_a_bucket():
    url = outside.s3().bucket()
    blobs = Blobs.open(url)
    chunks = [os.urandom(1_000_003) for _ in range(13)]

    assert await blobs.put("big", stream(*chunks)) == 13 * 1_000_003
    assert await content(blobs, "big") == b"".join(chunks)
    assert await Blobs.open(url).size("big") == 13 * 1_000_003


@pytest.mark.parametrize("megabytes", [1, 12])
async def test_stream_that_breaks_leaves_nothing_in_a_bucket(megabytes):
    url = outside.s3().bucket()
    blobs = Blobs.open(url)
    await blobs.put("a", b"old")

    async def broken():
        for _ in range(megabytes):
            yield b"x" * 1_000_000
        raise ConnectionResetError("client went away")

    with pytest.raises(ConnectionResetError):
        await blobs.put("a", broken())
    assert await content(blobs, "a") == b"old"
    assert outside.s3().listing(url).count("<Key>") == 1
    assert "<Upload>" not in outside.s3().unfinished(url)


async def test_many_objects_go_at_once_from_a_bucket():
    url = outside.s3().bucket()
    blobs = Blobs.open(url)
    for name in ("a", "b"):
        await blobs.put(name, b"x")
    await blobs.delete(["a", "b", *(f"none{n}" for n in range(1_200))])
    assert "<Key>" not in outside.s3().listing(url)


async def test_a_bucket_that_is_gone_is_unavailable_and_found_again(caplog):
    server = outside.S3()
    url = server.bucket("mine")
    blobs = Blobs.open(url)
    server.stop()
    for work in (blobs.put("a", b"x"), blobs.get("a"), blobs.size("a"), blobs.delete(["a"])):
        with pytest.raises(StoreUnavailableError) as caught:
            await work
        assert caught.value.retry_after_s
    server.start()
    # There is no bucket yet: that is no missing object.
    with pytest.raises(StoreUnavailableError):
        await blobs.get("a")
    server.bucket("mine")
    await blobs.put("a", b"x")
    assert await content(blobs, "a") == b"x"
    server.stop()
    for secret in (outside.S3_SECRET, outside.S3_KEY):
        assert secret not in caplog.text


async def test_stream_that_breaks_leaves_nothing(folder):
    blobs = Blobs.open(str(folder))
    await blobs.put("a", b"old")

    async def broken():
        yield b"x" * 1_000_000
        raise ConnectionResetError("client went away")

    with pytest.raises(ConnectionResetError):
        await blobs.put("a", broken())
    assert files(folder) == ["a"]
    assert await content(blobs, "a") == b"old"


@pytest.mark.parametrize(
    ("number", "error"), [(errno.ENOSPC, StoreFullError), (errno.EIO, StoreUnavailableError)]
)
async def test_disk_that_fails_leaves_nothing(folder, monkeypatch, number, error):
    def fail(self, chunk):
        raise OSError(number, os.strerror(number))

    blobs = Blobs.open(str(folder))
    monkeypatch.setattr(Upload, "write", fail)
    with pytest.raises(error):
        await blobs.put("a", b"x")
    assert files(folder) == []


async def test_uploads_that_a_crash_left_behind_are_swept(folder):
    Blobs.open(str(folder))
    old, fresh = folder / INCOMING / "old", folder / INCOMING / "fresh"
    old.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(old, (1_000_000, 1_000_000))

    Blobs.open(str(folder))
    assert files(folder) == [f"{INCOMING}/fresh"]


def test_folder_that_cannot_be_made_stops_the_start(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="Cannot write"):
        Blobs.open(str(tmp_path / "file" / "blobs"))


@pytest.mark.parametrize("url", ["nonsense://x", "s3://", "ftp://host/x"])
def test_url_that_cannot_be_used_stops_the_start(url):
    with pytest.raises(ConfigurationError):
        Blobs.open(url)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda url: url.replace("s3://", "s3://no"), "NoSuchBucket"),
        (lambda url: url.replace("127.0.0.1", "127.0.0.2"), "error sending request"),
        (lambda url: url + "&nonsense=1", "`?nonsense"),
        (lambda url: url + "&allow_http=maybe", "`allow_http`"),
        (lambda url: url + "&allow_http=false", "HTTP error"),
        (lambda url: url.partition("&secret")[0], "SecretAccessKey"),
    ],
)
def test_a_bucket_that_cannot_be_used_stops_the_start_and_says_why(change, why):
    with pytest.raises(ConfigurationError, match=why) as caught:
        Blobs.open(change(outside.s3().bucket()))
    said = f"{caught.value.message} {caught.value.hint}"
    assert outside.S3_SECRET not in said
    assert "secret_access_key=" not in said
