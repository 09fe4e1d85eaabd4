"""The folder of what lies on this machine, held by one process at a time."""

import contextlib
import fcntl
import os
from pathlib import Path

from sightline.core.errors import ConfigurationError
from sightline.core.log import get_logger

log = get_logger(__name__)

_LOCK_BYTES = 256
# Some of these are written every few seconds while there is something to do.
_WRITTEN = ("lock", "catalog.db", "catalog.db-wal", "spool/cursor")
# A process that was killed may have stored rows for so long after it last wrote one of them.
_UNTOLD_US = 10_000_000
_MOST_AHEAD_US = 86_400_000_000
# Files and bytes that a start on a disk without any room may use: the engine makes a file, SQLite
# two, and they are deleted at the end.
_SPARE = "spare"
_SPARE_FILES, _SPARE_BYTES = 8, 16 * 1024
_LITTLE_BYTES, _FEW_INODES = 1 << 20, 32


def last_written_us(folder: Path) -> int:
    """Return when a server last wrote into its data folder, 0 for a new one."""
    found = [0]
    for name in _WRITTEN:
        with contextlib.suppress(OSError):
            found.append((folder / name).stat().st_mtime_ns // 1000)
    return max(found)


class DataFolder:
    """The folder of the embedded stores, held by one process at a time."""

    def __init__(self, path: str) -> None:
        self.path = Path(path).resolve()
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigurationError(
                f"Cannot write the data folder `{self.path}`: {error.strerror}",
                hint="Mount its disk for writing, let this user write there, or start with "
                "another --data folder",
            ) from None
        self._file = os.fdopen(descriptor, "r+b", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = self._file.read().decode(errors="replace").strip() or "another process"
            self._file.close()
            raise ConfigurationError(
                f"`{self.path}` is in use by {owner}",
                hint="Stop that Sightline, or start this one with another --data folder",
            ) from None
        self._use_spare()
        self._last_written_us = last_written_us(self.path)
        self._own("")

    def not_before_us(self, now_us: int) -> int:
        """Return the time at which a process begins that follows an earlier one here.

        The machine's clock may have been set back meanwhile. Where it is a day or more behind,
        nobody can tell whether it is wrong or was: then it is believed.
        """
        ahead_us = self._last_written_us - now_us
        if not 0 < ahead_us < _MOST_AHEAD_US:
            if ahead_us > 0:
                log.error("clock.far_behind", hint="`sightline doctor` says what to do")
            return 0
        return self._last_written_us + _UNTOLD_US

    def served_at(self, url: str) -> None:
        """Say in the lock where the holder listens, for `doctor` and whoever is refused."""
        self._own(f" at {url}")
        self._keep_spare()

    def _own(self, where: str) -> None:
        # Always as long, so that a disk without room takes it in the place of what was there.
        words = f"process {os.getpid()}{where}".encode().ljust(_LOCK_BYTES)
        with contextlib.suppress(OSError):
            os.pwrite(self._file.fileno(), words, 0)

    def release(self) -> None:
        # Before anybody else takes what the stores have left.
        self._keep_spare()
        self._file.close()

    def _use_spare(self) -> None:
        """Make room for this start when there is none else."""
        found = os.statvfs(self.path)
        is_short = found.f_files and found.f_favail < _FEW_INODES
        if is_short or found.f_bavail * found.f_frsize < _LITTLE_BYTES:
            for file in (self.path / _SPARE).glob("*"):
                with contextlib.suppress(OSError):
                    file.unlink()

    def _keep_spare(self) -> None:
        folder = self.path / _SPARE
        with contextlib.suppress(OSError):
            folder.mkdir(exist_ok=True, mode=0o700)
            for n in range(_SPARE_FILES):
                file = folder / str(n)
                if not file.exists():
                    file.write_bytes(bytes(_SPARE_BYTES))
