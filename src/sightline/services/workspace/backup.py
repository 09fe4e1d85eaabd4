"""A copy of the data folder as one tar stream, taken while the server writes or while it rests.

While it serves: the gateway's spool is taken first (hard links), then the engine freezes its tables
(hard links to parts, which never change), then SQLite copies the catalog, then blobs are read. In
this order a call that waits to be stored is in the spool, in the tables or in both, which does no
harm; every row finds its project and every attachment its bytes. What was acknowledged before the
copy began is in it.
"""

import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection

from sightline import __version__
from sightline.core import codec
from sightline.core.errors import ConflictError, InternalError
from sightline.core.ids import new_id
from sightline.stores.analytics import journal
from sightline.stores.analytics.engine import Analytics
from sightline.stores.catalog.engine import Catalog

FORMAT = 1
HEAD, MANIFEST = "sightline-backup.json", "sightline-manifest.json"
CATALOG, BLOBS, SPOOL = "catalog.db", "blobs", "spool"

# Letters and underscores only: the engine escapes anything else in the folder's name.
_FROZEN = "sightline_backup_"
_SCRATCH = "backup-"
_CHUNK = 1 << 20
# What is no part of the data: locks, proofs, the catalog's live files, which are copied apart.
_NOT_DATA = ("lock", "operator-", _SCRATCH, CATALOG, "migrate-store.")
# Of the engine's folder these describe tables; all else is parts, scratch or a log.
_DESCRIBING = ("*.sql", "format_version.txt", "mutation_*.txt")


class Head(msgspec.Struct, frozen=True):
    """The first member of the archive."""

    format: int
    version: str


class Manifest(msgspec.Struct, frozen=True):
    """The last member: an archive without it was cut short. SHA-256 of each file, in hex."""

    files: dict[str, str]
    links: dict[str, str]
    bytes: int


class Snapshot(msgspec.Struct, frozen=True):
    """Files that stay as they are until `drop`, by their name in the archive.

    Those in `sizes` may grow; they are copied up to there.
    """

    files: dict[str, Path]
    links: dict[str, str]
    scratch: list[Path]
    sizes: dict[str, int] = {}

    def drop(self) -> None:
        """Give back the disk space of the copy."""
        for path in self.scratch:
            shutil.rmtree(path, ignore_errors=True)


async def take(folder: Path, analytics: Analytics, catalog: Catalog) -> Snapshot:
    """Copy the stores that this process has open; the caller must `drop` the copy.

    Takes disk space for the catalog only, and for parts that merges replace meanwhile.
    """
    store = Path(analytics.options.dsn.removeprefix("chdb://"))
    if catalog.kind != "SQLite" or not (folder / BLOBS).is_dir():
        raise _elsewhere()
    clear(folder, store)
    name = _FROZEN + new_id().hex()
    scratch = [store / "shadow" / name, folder / (_SCRATCH + name)]
    scratch[1].mkdir(mode=0o700)
    try:
        # The spool is written by this thread: no record is half there.
        spooled = _linked(_below(folder / SPOOL, SPOOL), scratch[1])
        sizes = {name: path.stat().st_size for name, path in spooled.items()}
        # Also brings what is in the journals into the tables.
        tables = await analytics.query(
            "SELECT name FROM system.tables"
            " WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
        )
        parts = await analytics.query("SELECT count() FROM system.parts WHERE active")
        for (table,) in tables:
            await analytics.maintain(f"ALTER TABLE `{table}` FREEZE WITH NAME '{name}'")
        if parts[0][0] and not scratch[0].is_dir():
            raise InternalError("The engine froze its tables somewhere else than expected")
        copy = scratch[1] / CATALOG
        await catalog.read(lambda connection: _copy_catalog(connection, copy))
        files, links = _describing(store)
        files |= _below(scratch[0] / "store", "analytics/store")
        files |= {CATALOG: copy} | spooled | _beside(folder)
        return Snapshot(files, links, scratch, sizes)
    except BaseException:
        Snapshot({}, {}, scratch).drop()
        raise


def take_resting(folder: Path) -> Snapshot:
    """Copy a data folder that no server has open; the caller holds its lock and must `drop`."""
    store = folder / "analytics"
    if store.exists() and not ((folder / CATALOG).exists() and (folder / BLOBS).is_dir()):
        raise _elsewhere()
    clear(folder, store)
    scratch = folder / (_SCRATCH + new_id().hex())
    scratch.mkdir(mode=0o700)
    files, links = _describing(store)
    files |= _below(store / "store", "analytics/store") | _below(folder / SPOOL, SPOOL)
    files |= _below(store / journal.FOLDER, f"analytics/{journal.FOLDER}")
    if (folder / CATALOG).exists():
        source = sqlite3.connect(f"file:{folder / CATALOG}?mode=ro", uri=True)
        with sqlite3.connect(scratch / CATALOG) as target:
            source.backup(target)
        target.close()
        source.close()
        files[CATALOG] = scratch / CATALOG
    return Snapshot(files | _beside(folder), links, [scratch])


def _elsewhere() -> ConflictError:
    return ConflictError(
        "The catalog or the attachments do not lie in the data folder, so it is no backup",
        hint="Use Postgres' own tools and the bucket's versions, and copy `analytics` while the "
        "server rests; see the guide on operation",
    )


def clear(folder: Path, store: Path) -> None:
    """Remove what a backup left behind that was killed."""
    for path in [*folder.glob(f"{_SCRATCH}*"), *(store / "shadow").glob(f"{_FROZEN}*")]:
        shutil.rmtree(path, ignore_errors=True)


def archive(snapshot: Snapshot) -> Iterator[bytes]:
    """Return the archive piece by piece. Blocks on the disk: iterate in a thread."""
    yield _member(HEAD, codec.encode(Head(FORMAT, __version__)))
    digests: dict[str, str] = {}
    total = 0
    for name, target in sorted(snapshot.links.items()):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.SYMTYPE, target
        yield info.tobuf(tarfile.PAX_FORMAT)
    for name, path in sorted(snapshot.files.items()):
        try:
            file = path.open("rb")
        except FileNotFoundError:
            # An attachment that was deleted meanwhile; no other file can go.
            if not name.startswith("blobs/"):
                raise
            continue
        with file:
            size = snapshot.sizes.get(name, file.seek(0, io.SEEK_END))
            file.seek(0)
            info = tarfile.TarInfo(name)
            info.size, info.mode = size, 0o600
            yield info.tobuf(tarfile.PAX_FORMAT)
            digest = hashlib.sha256()
            left = size
            while left:
                chunk = file.read(min(_CHUNK, left))
                if not chunk:
                    raise OSError(f"`{name}` became shorter while it was copied")
                digest.update(chunk)
                left -= len(chunk)
                yield chunk
            yield bytes(-size % tarfile.BLOCKSIZE)
        digests[name] = digest.hexdigest()
        total += size
    yield _member(MANIFEST, codec.encode(Manifest(digests, snapshot.links, total)))
    yield bytes(2 * tarfile.BLOCKSIZE)


def _member(name: str, data: bytes) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    return info.tobuf(tarfile.PAX_FORMAT) + data + bytes(-len(data) % tarfile.BLOCKSIZE)


def _copy_catalog(connection: Connection, to: Path) -> None:
    source: Any = connection.connection.dbapi_connection
    with sqlite3.connect(to) as target:
        source.backup(target)
    target.close()


def _describing(store: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """Return the files and links that tell the engine which tables there are."""
    links = {
        _name(path, store): str(path.readlink())
        for sub in ("metadata", "data")
        for path in (store / sub).rglob("*")
        if path.is_symlink()
    }
    found = [path for pattern in _DESCRIBING for path in (store / "store").glob(f"*/*/{pattern}")]
    found += [path for path in (store / "metadata").rglob("*.sql") if not path.is_symlink()]
    return {_name(path, store): path for path in found}, links


def _name(path: Path, store: Path) -> str:
    return f"analytics/{path.relative_to(store).as_posix()}"


def _below(root: Path, prefix: str) -> dict[str, Path]:
    return {
        f"{prefix}/{path.relative_to(root).as_posix()}": path
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def _linked(files: dict[str, Path], to: Path) -> dict[str, Path]:
    """Return the same files by links below `to`: they stay when their own names go."""
    links = {name: to / name for name in files}
    for name, link in links.items():
        link.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.link(files[name], link)
    return links


def _beside(folder: Path) -> dict[str, Path]:
    """Return attachments, and small files such as the key that seals secrets."""
    blobs = {
        name: path
        for name, path in _below(folder / "blobs", "blobs").items()
        if not name.startswith("blobs/.")
    }
    files = {
        path.name: path
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(_NOT_DATA)
    }
    return blobs | files
