"""Append-only segments of records, read in groups by one reader that remembers how far it is.

A record is appended with one `write` and without `fsync`: it outlives the process, however that
ends, and what a power cut takes is the last moments. A group that was read once is read again as
the same group, also by the next process, until it is `done`: whoever takes groups may tell repeats
by `key`, which no other folder has: spools of several processes may go to one place.

    <folder>/<number>-<tag>.seg    the number is the Unix milliseconds of the first record, at
                                   least; the tag is random, and older versions wrote none
    <folder>/cursor                {"segment", "offset", "end"}: the end of the group that is open
    <folder>/aside/<key>.seg       groups that could not be brought where they belong
"""

import contextlib
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from sightline.core.clock import Clock
from sightline.core.errors import StoreUnavailableError
from sightline.core.log import get_logger
from sightline.stores.disk import Disk
from sightline.stores.spool import frames

log = get_logger(__name__)

_READ_BYTES = 1 << 20
_NAME = re.compile(r"(?P<number>\d+)(?:-[0-9a-f]+)?")
_TAG_BYTES = 6
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC


class SpoolOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`max_bytes` may wait to be read; a segment is closed when it has `segment_bytes`."""

    segment_bytes: int = 64 * 1024 * 1024
    max_bytes: int = 2 * 1024 * 1024 * 1024


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Records that were appended one after another; `damaged` places were passed over."""

    key: str
    records: Sequence[bytes]
    segment: int
    start: int
    end: int
    damaged: int = 0


class _Cursor(msgspec.Struct, frozen=True):
    segment: int = 0
    offset: int = 0
    end: int | None = None


class Spool:
    """Owns a folder. Not for several processes or threads at a time."""

    def __init__(
        self, folder: Path, clock: Clock, options: SpoolOptions, disk: Disk | None = None
    ) -> None:
        """Open the folder, made if missing; `disk` says whether it has room.

        Raises `OSError` when it cannot be opened.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._clock = clock
        self._options = options
        self._disk = disk
        self._fd: int | None = None
        self._number = 0
        self._written = 0
        self._is_failing = False
        self._tags = self._listed()
        self._segments = {n: self._path(n).stat().st_size for n in self._tags}
        self._cursor = self._load_cursor()
        self.damaged = 0

    @property
    def backlog_bytes(self) -> int:
        """Return the bytes that wait to be read."""
        read = self._cursor.offset if self._cursor.segment in self._segments else 0
        return sum(self._segments.values()) - read

    def check(self) -> None:
        """Raise when a record could not be kept now: `StoreUnavailableError`, `StoreFullError`.

        The disk is asked here alone: a call that goes on may use what is left.
        """
        if self.backlog_bytes > self._options.max_bytes:
            raise StoreUnavailableError(
                "Sightline has too many calls that are not stored yet", retry_after_s=5
            )
        if self._disk is not None:
            self._disk.check()
        if self._is_failing:
            # An empty record, which readers pass over, tells whether the disk takes more.
            self.append(b"")

    def append(self, record: bytes) -> None:
        """Keep a record. Raises `StoreUnavailableError`; then nothing of it was kept."""
        try:
            fd = self._writable()
            head = frames.head(record)
            size = len(head) + len(record)
            if os.writev(fd, (head, record)) != size:
                raise OSError(0, "No space left on device")
        except OSError as error:
            self._failed(error)
            raise StoreUnavailableError(
                f"Sightline cannot keep a record of the call: {error.strerror}", retry_after_s=5
            ) from None
        self._written += size
        self._segments[self._number] = self._written
        self._is_failing = False

    def read(self, *, records: int, size_bytes: int) -> Group | None:
        """Return the next records, at most so many and not far more bytes; None without any.

        Asked again before `done`, it returns the same group.
        """
        while (number := self._at()) is not None:
            group = self._read(number, records, size_bytes)
            if group is not None:
                return group
            if number == self._number and self._fd is not None:
                return None
            self._leave(number)
        return None

    def done(self, group: Group) -> None:
        """Note that a group is where it belongs: it is not read again."""
        self.damaged += group.damaged
        self._move_on(_Cursor(group.segment, group.end))
        if group.end >= self._segments[group.segment] and group.segment != self._number:
            self._leave(group.segment)

    def set_aside(self, group: Group) -> None:
        """Write a group's records to a file that nobody reads again. Raises `OSError`."""
        folder = self._folder / "aside"
        folder.mkdir(exist_ok=True, mode=0o700)
        data = b"".join(part for r in group.records for part in (frames.head(r), r))
        (folder / f"{group.key}.seg").write_bytes(data)

    def close(self) -> None:
        """Close the open segment; it is gone if all of it was read."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        if self._at() == self._number and self._cursor.offset >= self._written:
            self._leave(self._number)

    def _writable(self) -> int:
        if self._fd is not None and self._written < self._options.segment_bytes:
            return self._fd
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        newest = max([self._number, self._cursor.segment, *self._segments])
        number = max(newest + 1, self._clock.now_us() // 1000)
        self._tags[number] = f"-{secrets.token_hex(_TAG_BYTES)}"
        self._fd = os.open(self._path(number), _FLAGS, 0o600)
        self._number, self._written = number, 0
        self._segments[number] = 0
        return self._fd

    def _failed(self, error: OSError) -> None:
        if not self._is_failing:
            log.error("spool.write_failed", why=error.strerror or type(error).__name__)
        self._is_failing = True
        if self._disk is not None:
            self._disk.note(error)
        if self._fd is None:
            return
        try:
            os.ftruncate(self._fd, self._written)
        except OSError:
            # What is half written ends this segment; the next record begins another.
            os.close(self._fd)
            self._fd = None

    def _at(self) -> int | None:
        """Return the segment to read from."""
        if self._cursor.segment in self._segments:
            return self._cursor.segment
        return min((n for n in self._segments if n > self._cursor.segment), default=None)

    def _read(self, number: int, records: int, size_bytes: int) -> Group | None:
        is_same = number == self._cursor.segment
        start = self._cursor.offset if is_same else 0
        limit = self._segments[number]
        open_end = self._cursor.end if is_same else None
        if open_end is not None:
            limit = min(open_end, limit)
            records = size_bytes = limit
        found: list[bytes] = []
        damaged, at = 0, start
        with self._path(number).open("rb", buffering=_READ_BYTES) as file:
            file.seek(start)
            while at < limit and len(found) < records and at - start < size_bytes:
                record = frames.read(file, limit - at)
                if record is None:
                    damaged += 1
                    at = _behind(file, at, limit)
                    file.seek(at)
                    continue
                at += frames.HEAD_BYTES + len(record)
                if record:
                    found.append(record)
        if at == start:
            return None
        if open_end is None:
            self._move(_Cursor(number, start, at))
        return Group(
            key=f"{number}{self._tags[number]}-{start}",
            records=found,
            segment=number,
            start=start,
            end=at,
            damaged=damaged,
        )

    def _leave(self, number: int) -> None:
        """Delete a segment of which all was read."""
        self._move_on(_Cursor(number, self._segments.pop(number)))
        with contextlib.suppress(OSError):
            self._path(number).unlink()
        self._tags.pop(number)

    def _move_on(self, cursor: _Cursor) -> None:
        """Move behind what is done. A disk without room may not hear of it: then the next process
        reads the same group again, which does no harm."""
        try:
            self._move(cursor)
        except OSError as error:
            self._cursor = cursor
            log.warning("spool.cursor_not_kept", why=error.strerror or type(error).__name__)

    def _move(self, cursor: _Cursor) -> None:
        new = self._folder / "cursor.new"
        new.write_bytes(msgspec.json.encode(cursor))
        new.replace(self._folder / "cursor")
        self._cursor = cursor

    def _load_cursor(self) -> _Cursor:
        try:
            return msgspec.json.decode((self._folder / "cursor").read_bytes(), type=_Cursor)
        except FileNotFoundError:
            return _Cursor()
        except msgspec.MsgspecError:
            # From a power cut: what is repeated from the oldest segment on does no harm.
            log.warning("spool.cursor_lost")
            return _Cursor()

    def _listed(self) -> dict[int, str]:
        """Return the segments' numbers, each with what follows it in its name."""
        names = [_NAME.fullmatch(path.stem) for path in self._folder.glob("*.seg")]
        return {int(name["number"]): name[0][len(name["number"]) :] for name in names if name}

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:016d}{self._tags[number]}.seg"


def _behind(file: BinaryIO, at: int, limit: int) -> int:
    """Return where the first whole record behind damage begins, else `limit`."""
    file.seek(at)
    found = frames.find(file.read(limit - at), 1)
    return limit if found is None else at + found
