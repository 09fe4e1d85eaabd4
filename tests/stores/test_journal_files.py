"""What of a journal is on the disk when it is said to be, and what is read of it afterwards."""

import errno
import shutil
from pathlib import Path

import pytest

from sightline.core.ids import new_id
from sightline.stores.analytics import journal
from sightline.stores.analytics.journal import Journal, Segment, Write
from sightline.stores.analytics.rollup_units import Unit
from tests.small_disk import small_disk, small_ext4

UNITS = [Unit(new_id(), new_id(), 495_000), Unit(new_id(), new_id(), 0)]


def append(own: Journal, data: bytes) -> Segment:
    segment = own.segment()
    own.append(segment, Write(data, 3, UNITS))
    return segment


def test_what_was_written_is_read_by_the_next(tmp_path: Path) -> None:
    own = Journal(tmp_path, "spans", ["a", "b"])
    append(own, b"first")
    own.cut()
    append(own, b"second")
    append(own, b"")
    paths = Journal(tmp_path, "spans", ["a", "b"]).left
    found = [journal.read(path) for path in paths]
    assert [tuple(left.columns) for left in found] == [("a", "b")] * 2
    assert [[write.data for write in left.writes] for left in found] == [
        [b"first"],
        [b"second", b""],
    ]
    assert found[0].writes[0] == Write(b"first", 3, UNITS)
    assert [left.damaged for left in found] == [0, 0]
    # Another table's are its own.
    assert Journal(tmp_path, "traces", ["a"]).left == []


def test_a_power_cut_leaves_what_was_written_and_not_what_was_removed(tmp_path: Path) -> None:
    image, cut = tmp_path / "image", tmp_path / "cut"
    with small_ext4(tmp_path / "disk", image) as disk:
        own = Journal(disk.folder, "spans", ["a"])
        gone = append(own, b"is in the table")
        own.cut()
        append(own, b"is not")
        own.remove([gone])
        own.sync()
        # What the disk has, and the system's memory has not.
        shutil.copy(image, cut)
    with small_ext4(tmp_path / "disk", cut) as disk:
        paths = Journal(disk.folder, "spans", ["a"]).left
        assert [write.data for path in paths for write in journal.read(path).writes] == [b"is not"]


def test_a_disk_that_fails_is_told_and_the_next_write_has_a_file_of_its_own(
    tmp_path: Path,
) -> None:
    image, cut = tmp_path / "image", tmp_path / "cut"
    with small_ext4(tmp_path / "disk", image) as disk:
        own = Journal(disk.folder, "spans", ["a"])
        first = append(own, b"before")
        disk.fail()
        with pytest.raises(OSError, match=r"Read-only|Input/output"):
            append(own, b"after")
        assert own.segment() is not first
        shutil.copy(image, cut)
    with small_ext4(tmp_path / "disk", cut) as disk:
        (path,) = Journal(disk.folder, "spans", ["a"]).left
        assert journal.read(path).writes[0].data == b"before"


def test_a_full_disk_takes_nothing_and_spoils_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        own = Journal(disk.folder, "spans", ["a"])
        append(own, b"before")
        with pytest.raises(OSError) as full:
            append(own, bytes(2 << 20))
        assert full.value.errno == errno.ENOSPC
        # The part of it that was written ends its file; there is room for less.
        for path in Journal(disk.folder, "spans", ["a"]).left:
            left = journal.read(path)
            assert ([write.data for write in left.writes], left.damaged) == ([b"before"], 0)


def test_what_is_set_aside_stays_as_it_is(tmp_path: Path) -> None:
    # Each process counts its files anew.
    for data in (b"one", b"two"):
        Journal(tmp_path, "spans", ["a"]).set_aside(Write(data, 1, UNITS))
    kept = [journal.read(path).writes[0].data for path in journal.aside(tmp_path)]
    assert kept == [b"one", b"two"]


def test_on_a_disk_without_room_it_can_be_opened(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        disk.fill()
        own = Journal(disk.folder, "spans", ["a"])
        own.sync()
        with pytest.raises(OSError):
            append(own, bytes(1 << 16))
        disk.free()
        append(own, b"after")
        (path,) = (p for p in Journal(disk.folder, "spans", ["a"]).left if journal.read(p).writes)
        assert journal.read(path).writes[0].data == b"after"
