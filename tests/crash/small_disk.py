"""A small file system of its own, made and taken away as root; tests that need one skip elsewhere."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


class SmallDisk:
    """`folder` is where it is mounted; `fill` takes all room that is left, `free` gives it back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    @property
    def free_bytes(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def fill(self) -> None:
        """Write until nothing more fits, as another program on the machine would."""
        with self._filler.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 16, 4096):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)

    def remount(self, how: str) -> None:
        """Mount it again as `ro` or `rw`, as the kernel does after an error of the disk."""
        # A file that is open for writing keeps a file system from being read-only, unless forced.
        _run("mount", "-o", f"remount,{how}", str(self.folder))


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "64m", **options: str) -> Iterator[SmallDisk]:
    """Mount a disk at `folder` within a block."""
    folder.mkdir()
    words = ",".join([f"size={size}", *(f"{name}={value}" for name, value in options.items())])
    try:
        _run("mount", "-t", "tmpfs", "-o", words, "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small file system cannot be mounted here (root is needed): {error}")
    try:
        yield SmallDisk(folder)
    finally:
        # Lazy: a server that was killed a moment ago may hold files still.
        _run("umount", "-l", str(folder))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=30)
