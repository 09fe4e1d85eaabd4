"""How much room a disk has, and what writers are told when it has none."""

import errno
import os
from pathlib import Path

import pytest

from sightline.core.errors import StoreFullError, StoreUnavailableError
from sightline.stores.disk import Disk
from tests.small_disk import small_disk


def test_writes_end_while_a_little_is_left(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "20m") as small:
        disk = Disk(small.folder, 1 << 40)
        disk.check()
        small.fill()
        with pytest.raises(StoreFullError, match=r"is full: 0\.0 MB are free, writes need 1\.0 MB"):
            disk.check()
        small.free()
        # A large disk needs what was asked for, a small one a twentieth of itself.
        (small.folder / "most").write_bytes(bytes(19 << 20))
        disk.check()
        (small.folder / "more").write_bytes(bytes(1 << 19))
        with pytest.raises(StoreFullError):
            disk.check()
        Disk(small.folder, 1000).check()


def test_a_disk_may_be_read_only_and_not_say_so(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as small:
        disk = Disk(small.folder, 0)
        small.remount("ro")
        with pytest.raises(StoreUnavailableError, match="read-only"):
            disk.check()
        small.remount("rw")
        disk.check()
        # An error of a write is believed until a file can be made.
        disk.note(OSError(errno.EROFS, os.strerror(errno.EROFS)))
        assert disk.room().state == "ok"
        assert list(small.folder.iterdir()) == []


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        Disk(tmp_path / "gone", 0).check()
