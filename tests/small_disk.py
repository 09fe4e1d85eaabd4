"""Small file systems, made and taken away as root; tests that need one skip elsewhere."""

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
        """Mount it again as `ro` or `rw`; the kernel refuses while a file is open for writing."""
        _said("mount", "-o", f"remount,{how}", str(self.folder))

    @property
    def fault(self) -> Path:
        """The file of an ext4 disk to which one writes to let it find itself damaged."""
        (device,) = _said("findmnt", "-no", "SOURCE", str(self.folder))
        return Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error")

    def fail(self) -> None:
        """Let the file system find itself damaged: the kernel makes it read-only."""
        self.fault.write_text("a test\n")


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "64m", **options: str) -> Iterator[SmallDisk]:
    """Mount a disk in memory at `folder` within a block."""
    words = ",".join([f"size={size}", *(f"{name}={value}" for name, value in options.items())])
    with _mounted(folder, "-t", "tmpfs", "-o", words, "tmpfs") as disk:
        yield disk


@contextlib.contextmanager
def small_ext4(folder: Path, image: Path, size: int = 64 << 20) -> Iterator[SmallDisk]:
    """Mount a file as a disk at `folder` within a block; an image that is there is used again."""
    if not image.exists():
        with image.open("wb") as file:
            file.truncate(size)
        try:
            _said("mkfs.ext4", "-q", "-m0", "-e", "remount-ro", str(image))
        except OSError as error:
            pytest.skip(f"there is no mkfs.ext4 here: {error}")
    with _mounted(folder, "-o", "loop,errors=remount-ro", str(image)) as disk:
        yield disk


@contextlib.contextmanager
def _mounted(folder: Path, *how: str) -> Iterator[SmallDisk]:
    folder.mkdir(exist_ok=True)
    try:
        _said("mount", *how, str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small file system cannot be mounted here (root is needed): {error}")
    try:
        yield SmallDisk(folder)
    finally:
        # Lazy: a server that was killed a moment ago may hold files still.
        _said("umount", "-l", str(folder))


def _said(*words: str) -> list[str]:
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=30)
    return done.stdout.split()
