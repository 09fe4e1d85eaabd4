"""Writes of one table that are acknowledged and not yet in it, as files beside an embedded store.

An insert costs the engine much the same for ten rows as for a thousand, and a part of few rows is
merged more often. So writes are noted here, synced, and inserted many at a time (ADR 2).

    <store>/journal/<table>-<number>.seg      records of `spool.frames`: first a `Head`, then writes
    <store>/journal/aside/                    what could not be read or inserted, for people to see

A segment goes when all that it has is in the table: what a crash leaves is inserted once more,
which does no harm, as rows have versions.
"""

import errno
import os
import re
import struct
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from sightline.core.errors import StoreUnavailableError
from sightline.stores.analytics.rollup_units import Unit
from sightline.stores.disk import sync_folder
from sightline.stores.spool import frames

FOLDER = "journal"
_ASIDE = "aside"
# A segment is closed with each insert; this is for a time when none succeeds.
_SEGMENT_BYTES = 64 * 1024 * 1024
_READ_BYTES = 1 << 20
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
# Rows, and units; each unit is workspace, project and hour.
_COUNTS = struct.Struct("<II")
_UNIT = struct.Struct("<16s16sI")


class Head(msgspec.Struct, frozen=True):
    """The first record of a segment: where its rows belong, and which columns they have."""

    table: str
    columns: Sequence[str]


class Write(msgspec.Struct, frozen=True, gc=False):
    """Rows as RowBinary, how many, and the units whose figures they change."""

    data: bytes
    rows: int
    units: Collection[Unit]


class Segment(msgspec.Struct, eq=False):
    """A file; `waiting` counts the writes in it that are not in the table."""

    path: Path
    fd: int | None = None
    written: int = 0
    waiting: int = 0
    is_closed: bool = False


class Left(msgspec.Struct, frozen=True):
    """What a segment of an earlier process has; `damaged` places were passed over."""

    columns: Sequence[str]
    writes: Sequence[Write]
    damaged: int


class Journal:
    """Owns the segments of one table. One appends at a time, on any thread; the rest is for the
    loop."""

    def __init__(self, store: Path, table: str, columns: Sequence[str]) -> None:
        """`store` is the folder of the engine."""
        self._folder = store / FOLDER
        self._table = table
        self._columns = tuple(columns)
        self._pattern = re.compile(re.escape(table) + r"-(\d+)\.seg")
        found = self._numbered(self._folder)
        self.left = [found[number] for number in sorted(found)]
        """Segments of earlier processes, the oldest first."""
        self._next = max([0, *found, *self._numbered(self._folder / _ASIDE)]) + 1
        self._open: Segment | None = None
        # Removed, and there all the same.
        self._kept: list[Path] = []

    def _numbered(self, folder: Path) -> dict[int, Path]:
        names = ((self._pattern.fullmatch(path.name), path) for path in folder.glob("*.seg"))
        return {int(name[1]): path for name, path in names if name is not None}

    def segment(self) -> Segment:
        """Return the segment for the next write; `append` makes its file."""
        if self._open is None or self._open.is_closed or self._open.written >= _SEGMENT_BYTES:
            self.cut()
            self._open = Segment(self._new_path())
        return self._open

    def _new_path(self) -> Path:
        number, self._next = self._next, self._next + 1
        return self._folder / f"{self._table}-{number:012d}.seg"

    def cut(self) -> None:
        """Close the open segment: the next write begins another."""
        if self._open is not None:
            self._open.is_closed = True
            self._open = None

    def append(self, segment: Segment, write: Write) -> None:
        """Return when a write is on disk. Raises `OSError`; then it may be there or not."""
        record = _packed(write)
        try:
            if segment.fd is None:
                # Not at the start, which must go on where the disk has no room.
                self._folder.mkdir(exist_ok=True, mode=0o700)
                while segment.path.exists():
                    segment.path = self._new_path()
                segment.fd = os.open(segment.path, _FLAGS, 0o600)
                self._put(segment, self._head())
            self._put(segment, record)
            os.fdatasync(segment.fd)
            # Also the file's name, and it tells of a disk that failed a moment ago.
            sync_folder(self._folder)
        except OSError:
            # Whatever is half there ends the segment.
            segment.is_closed = True
            raise

    def _put(self, segment: Segment, record: bytes) -> None:
        head = frames.head(record)
        size = len(head) + len(record)
        if segment.fd is None or os.writev(segment.fd, (head, record)) != size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        segment.written += size

    def remove(self, segments: Collection[Segment]) -> None:
        """Delete closed segments whose writes are in the table; on any thread.

        What the disk does not let go now `sync` tries again.
        """
        for segment in segments:
            if segment.fd is not None:
                os.close(segment.fd)
                segment.fd = None
                self._kept.append(segment.path)
        self._delete()

    def sync(self) -> None:
        """Return when it is on disk that removed segments are gone. Raises `OSError`."""
        if (error := self._delete()) is not None:
            raise error
        if self._folder.exists():
            sync_folder(self._folder)

    def _delete(self) -> OSError | None:
        for path in list(self._kept):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                return error
            self._kept.remove(path)
        return None

    def set_aside(self, write: Write) -> None:
        """Keep a write that the engine refuses, where nobody reads it again. Raises `OSError`."""
        path = self._aside() / self._new_path().name
        records = (self._head(), _packed(write))
        path.write_bytes(b"".join(part for r in records for part in (frames.head(r), r)))

    def lay_aside(self, path: Path) -> None:
        """Do so with a whole segment of an earlier process. Raises `OSError`."""
        path.rename(self._aside() / path.name)

    def _aside(self) -> Path:
        folder = self._folder / _ASIDE
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def _head(self) -> bytes:
        return msgspec.json.encode(Head(self._table, self._columns))


def waiting_bytes(store: Path) -> int:
    """Return the bytes that wait to be inserted beside the engine's folder `store`."""
    return sum(path.stat().st_size for path in (store / FOLDER).glob("*.seg"))


def aside(store: Path) -> list[Path]:
    """Return the files that were set aside."""
    return sorted((store / FOLDER / _ASIDE).glob("*.seg"))


def read(path: Path) -> Left:
    """Return what a segment has. What a power cut left half written at its end is no damage.

    Raises `OSError`, and `StoreUnavailableError` when it does not say what it is.
    """
    records, damaged = _records(path)
    if not records:
        return Left((), (), damaged)
    try:
        head = msgspec.json.decode(records[0], type=Head)
        return Left(head.columns, [_unpacked(record) for record in records[1:]], damaged)
    except (msgspec.MsgspecError, struct.error) as error:
        raise StoreUnavailableError(f"{path.name} is no segment of the journal") from error


def _records(path: Path) -> tuple[list[bytes], int]:
    found: list[bytes] = []
    damaged = at = 0
    limit = path.stat().st_size
    with path.open("rb", buffering=_READ_BYTES) as file:
        while at < limit:
            record = frames.read(file, limit - at)
            if record is None:
                file.seek(at)
                behind = frames.find(file.read(limit - at), 1)
                if behind is None:
                    break
                damaged += 1
                at += behind
                file.seek(at)
                continue
            at += frames.HEAD_BYTES + len(record)
            found.append(record)
    return found, damaged


def _packed(write: Write) -> bytes:
    units = (_UNIT.pack(unit.workspace_id, unit.project_id, unit.hour) for unit in write.units)
    return b"".join((_COUNTS.pack(write.rows, len(write.units)), *units, write.data))


def _unpacked(record: bytes) -> Write:
    rows, count = _COUNTS.unpack_from(record)
    data_at = _COUNTS.size + count * _UNIT.size
    units = [
        Unit(*_UNIT.unpack_from(record, at)) for at in range(_COUNTS.size, data_at, _UNIT.size)
    ]
    return Write(record[data_at:], rows, units)
