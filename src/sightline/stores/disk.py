"""How much room a folder's disk has. Writes end before it is full, so that what goes on has room.

Nothing else would do for the embedded engine (26.5): a merge that finds the disk full puts the new
part in place all the same, without what could not be written, and then deletes its sources.
"""

import ctypes
import errno
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from sightline.core.errors import SightlineError, StoreFullError, StoreUnavailableError

State = Literal["ok", "full", "out_of_inodes", "read_only", "gone"]

# A small disk keeps this part of itself free at most.
_SMALL = 20
# A part is a dozen files; a commit and the merges beside it make a few hundred.
_FEW_INODES = 2_000
_RETRY_AFTER_S = 10
_PROBE_EVERY_S = 1.0

READ_ONLY = os.strerror(errno.EROFS)
"""What is said of a write there, also by libraries that keep no number."""


class Room(msgspec.Struct, frozen=True):
    """What a disk was found with: bytes and inodes that are free, None where none are counted."""

    state: State
    free_bytes: int = 0
    needed_bytes: int = 0
    free_inodes: int | None = None


class Disk:
    """The disk that a folder lies on. Asking takes some microseconds; any thread may ask."""

    def __init__(self, folder: Path, min_free_bytes: int) -> None:
        self.folder = folder
        self._min_free_bytes = min_free_bytes
        self._said_read_only = False
        self._probed_s = 0.0

    def room(self) -> Room:
        """Return what is free now. Writes need `min_free_bytes`, or a twentieth of the disk."""
        try:
            found = os.statvfs(self.folder)
        except OSError:
            return Room("gone")
        free = found.f_bavail * found.f_frsize
        needed = min(self._min_free_bytes, found.f_blocks * found.f_frsize // _SMALL)
        # Some file systems make inodes as they need them, and say 0 of 0.
        inodes = found.f_favail if found.f_files else None
        state: State = "ok"
        if found.f_flag & os.ST_RDONLY or (self._said_read_only and not self._takes_files()):
            state = "read_only"
        elif free < needed:
            state = "full"
        elif inodes is not None and inodes < min(_FEW_INODES, found.f_files // _SMALL):
            state = "out_of_inodes"
        return Room(state, free, needed, inodes)

    def note(self, error: BaseException) -> None:
        """Hear of an error of a write. A file system that the kernel made read-only after an error
        does not always say so when it is asked."""
        if getattr(error, "errno", None) == errno.EROFS or READ_ONLY in str(error):
            self._said_read_only = True

    def _takes_files(self) -> bool:
        """Try it, once a second."""
        if time.monotonic() - self._probed_s < _PROBE_EVERY_S:
            return False
        self._probed_s = time.monotonic()
        probe = self.folder / f".probe-{os.getpid()}"
        try:
            os.close(os.open(probe, os.O_CREAT | os.O_WRONLY, 0o600))
            probe.unlink()
        except OSError as error:
            return error.errno != errno.EROFS
        self._said_read_only = False
        return True

    def check(self) -> None:
        """Raise `StoreFullError`, or `StoreUnavailableError` for a disk that cannot be written."""
        room = self.room()
        if room.state != "ok":
            raise _REFUSALS[room.state](room)


def sync_folder(folder: Path | str) -> None:
    """Return when the names in a folder are on disk. Raises `OSError`.

    ext4 (Linux 6.18) says that its journal failed to one caller of `fsync` at most. To the next it
    says that all is well, until it is to make something: so it is to make a file, without a name.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    tempfile.TemporaryFile(dir=folder, prefix=".probe-", buffering=0).close()


def sync_disk(folder: Path) -> None:
    """Return when all that was written to the disk of a folder is on it. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        system = ctypes.CDLL(None, use_errno=True)
        if not hasattr(system, "syncfs"):
            # Not Linux: all disks.
            os.sync()
        elif system.syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def _full(room: Room) -> SightlineError:
    return StoreFullError(
        f"The disk of the data folder is full: {_mb(room.free_bytes)} MB are free, "
        f"writes need {_mb(room.needed_bytes)} MB",
        hint="Make room; writes then go on by themselves",
        retry_after_s=_RETRY_AFTER_S,
    )


def _out_of_inodes(room: Room) -> SightlineError:
    return StoreFullError(
        f"The disk of the data folder has {room.free_inodes} inodes left",
        hint="Delete files there; writes then go on by themselves",
        retry_after_s=_RETRY_AFTER_S,
    )


def _read_only(_: Room) -> SightlineError:
    return StoreUnavailableError(
        "The disk of the data folder is read-only",
        hint="Mount it for writing; writes then go on by themselves",
        retry_after_s=_RETRY_AFTER_S,
    )


def _gone(_: Room) -> SightlineError:
    return StoreUnavailableError(
        "The data folder cannot be reached",
        hint="Mount its disk again; if that does not help, restart Sightline",
        retry_after_s=_RETRY_AFTER_S,
    )


_REFUSALS: dict[State, Callable[[Room], SightlineError]] = {
    "full": _full,
    "out_of_inodes": _out_of_inodes,
    "read_only": _read_only,
    "gone": _gone,
}


def _mb(size: int) -> str:
    return f"{size / 1_000_000:,.1f}"
