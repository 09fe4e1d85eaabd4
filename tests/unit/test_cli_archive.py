"""Backup files: read whole or not at all, and never written outside their folder."""

import contextlib
import hashlib
import sqlite3
import tarfile
from pathlib import Path
from typing import Any

import pytest

from sightline.cli import _archive
from sightline.core import codec
from sightline.core.errors import ConfigurationError
from sightline.services.workspace import backup


def member(name: str, body: bytes = b"x") -> bytes:
    info = tarfile.TarInfo(name)
    info.size = len(body)
    return info.tobuf(tarfile.PAX_FORMAT) + body + bytes(-len(body) % tarfile.BLOCKSIZE)


def link(name: str, target: str) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info.tobuf(tarfile.PAX_FORMAT)


def pack(path: Path, *members: bytes, format: int = backup.FORMAT, **listed: Any) -> Path:
    manifest = {"files": {}, "links": {}, "bytes": 0, **listed}
    head = codec.encode(backup.Head(format, "9.9"))
    body = [member(backup.HEAD, head), *members, member(backup.MANIFEST, codec.encode(manifest))]
    path.write_bytes(b"".join(body) + bytes(1024))
    return path


@pytest.mark.parametrize(
    "members",
    [
        [member("../evil")],
        [member("/etc/evil")],
        [link("a", "/etc"), member("a/evil")],
        [link("a", "../..")],
        [link("a/b", "../../x")],
    ],
    ids=["up", "root", "link to root", "link up", "link from below"],
)
def test_nothing_is_written_outside_the_folder(tmp_path: Path, members: list[bytes]) -> None:
    target = tmp_path / "inner" / "folder"
    target.mkdir(parents=True)
    path = pack(tmp_path / "evil.tar", *members)
    with pytest.raises(ConfigurationError, match="outside the data folder"):
        _archive.read(path, _archive.unpack(target))
    outside = [p for p in tmp_path.rglob("*") if target not in p.parents]
    assert sorted(p.name for p in outside) == ["evil.tar", "folder", "inner"]


@pytest.mark.parametrize("kind", [tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.LNKTYPE])
def test_only_files_and_links_are_unpacked(tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("odd")
    info.type, info.linkname = kind, "x"
    path = pack(tmp_path / "odd.tar", info.tobuf(tarfile.PAX_FORMAT))
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigurationError, match="neither a file nor a link"):
        _archive.read(path, _archive.unpack(tmp_path / "folder"))


def test_files_that_the_list_does_not_name_are_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "more.tar", member("unlisted"))
    with pytest.raises(ConfigurationError, match="is broken"):
        _archive.read(path, _archive.digest_only)


def test_files_that_are_missing_are_named(tmp_path: Path) -> None:
    path = pack(tmp_path / "less.tar", files={"blobs/a": hashlib.sha256(b"x").hexdigest()})
    with pytest.raises(ConfigurationError, match="blobs/a"):
        _archive.read(path, _archive.digest_only)


def test_a_newer_format_names_the_version_that_made_it(tmp_path: Path) -> None:
    path = pack(tmp_path / "new.tar", format=backup.FORMAT + 1)
    with pytest.raises(ConfigurationError, match=r"Sightline 9\.9"):
        _archive.read(path, _archive.digest_only)


@pytest.mark.parametrize("ending", ["tar", "tar.zst"])
def test_a_resting_folder_comes_back_byte_for_byte(tmp_path: Path, ending: str) -> None:
    data = tmp_path / "data"
    table = data / "analytics" / "store" / "abc" / "abc1"
    (table / "all_1_1_0").mkdir(parents=True)
    (data / "analytics" / "data" / "default").mkdir(parents=True)
    (data / "blobs" / "attachments").mkdir(parents=True)
    (data / "blobs" / ".incoming").mkdir()
    kept = {
        "analytics/store/abc/abc1/all_1_1_0/data.bin": bytes(range(256)) * 9000,
        "analytics/store/abc/abc1/all_1_1_0/empty": b"",
        "analytics/store/abc/abc1/format_version.txt": b"1",
        "blobs/attachments/" + "long" * 40: b"picture",
        "sealing.key": b"k" * 32,
    }
    for name, body in kept.items():
        (data / name).write_bytes(body)
    (data / "analytics" / "data" / "default" / "t").symlink_to("../../store/abc/abc1")
    (data / "blobs" / ".incoming" / "half").write_bytes(b"half")
    (data / "lock").write_text("process 1")
    with contextlib.closing(sqlite3.connect(data / "catalog.db")) as catalog:
        catalog.execute("CREATE TABLE t (x)")
    snapshot = backup.take_resting(data)
    path = tmp_path / f"b.{ending}"
    with _archive.create(path) as file:
        for piece in backup.archive(snapshot):
            file.write(piece)
    snapshot.drop()
    target = tmp_path / "target"
    target.mkdir()
    manifest = _archive.read(path, _archive.unpack(target))
    found = {
        p.relative_to(target).as_posix(): p.read_bytes()
        for p in target.rglob("*")
        if p.is_file() and not p.is_symlink() and "data/default/t" not in p.as_posix()
    }
    catalog_bytes = len(found.pop("catalog.db"))
    assert found == kept
    assert (target / "analytics/data/default/t/format_version.txt").read_bytes() == b"1"
    assert manifest.bytes == catalog_bytes + sum(map(len, kept.values()))
    assert not list(data.glob("backup-*"))
