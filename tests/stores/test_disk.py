"""How much room a disk has, and what writers are told when it has none."""

import errno
import os
from pathlib import Path

import pytest

from sightline.core.errors import StoreFullError, StoreUnavailableError
from sightline.stores.disk import Disk, sync_folder
from tests.small_disk import small_disk, small_ext4


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


def test_a_folder_is_not_synced_because_the_disk_failed_before(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "thin", "40m") as thin,
        small_ext4(tmp_path / "disk", thin.folder / "image") as disk,
    ):
        folder = disk.folder / "table"
        (folder / "new").mkdir(parents=True)
        sync_folder(folder)
        (folder / "new").rename(folder / "part")
        # The disk below takes nothing more: what the file system writes last fails.
        thin.fill()
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            # The engine is told, and passes over it; ext4 (Linux 6.18) does not say it again.
            with pytest.raises(OSError, match=os.strerror(errno.EIO)):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        with pytest.raises(OSError, match=os.strerror(errno.EROFS)):
            sync_folder(folder)
