"""Durable writes to a local folder: what is named is whole and on disk.

obstore's local store renames without fsync (0.12), so a file could be empty after a power cut.
"""

import contextlib
import errno
import os
import secrets
from pathlib import Path
from typing import BinaryIO

from sightline.stores.disk import sync_folder

INCOMING = ".incoming"

# Long enough for any upload that still runs in another process.
_ABANDONED_AFTER_S = 24 * 3600


def prepare(root: Path) -> None:
    """Make the folder, prove that it can be written, drop uploads that a crash left behind.

    A disk that is full proves nothing, and does not keep Sightline from starting.
    """
    incoming = root / INCOMING
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    incoming.mkdir(mode=0o700, exist_ok=True)
    probe = incoming / secrets.token_hex(8)
    try:
        probe.touch(mode=0o600)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return
        raise
    # The file system's own clock: it may be another machine's.
    now_s = probe.stat().st_mtime
    for leftover in incoming.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if leftover == probe or now_s - leftover.stat().st_mtime > _ABANDONED_AFTER_S:
                leftover.unlink()


class Upload:
    """A file that appears under its name when `commit` returns, and not before.

    Ends with one call of `commit` or of `abandon`; a `commit` that fails has abandoned.
    """

    def __init__(self, root: Path, path: str) -> None:
        self._root = root
        self._target = root / path
        self._temporary = root / INCOMING / secrets.token_hex(16)
        fd = os.open(self._temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        self._file: BinaryIO = os.fdopen(fd, "wb")
        self.size_bytes = 0

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self.size_bytes += len(chunk)

    def commit(self) -> None:
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            _make_folder(self._target.parent, self._root)
            self._temporary.replace(self._target)
        except BaseException:
            self.abandon()
            raise
        sync_folder(self._target.parent)

    def abandon(self) -> None:
        # A full disk lets even the close fail.
        with contextlib.suppress(OSError):
            self._file.close()
        self._temporary.unlink(missing_ok=True)


def _make_folder(folder: Path, root: Path) -> None:
    missing: list[Path] = []
    while folder != root and not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(mode=0o700, exist_ok=True)
        sync_folder(new.parent)
