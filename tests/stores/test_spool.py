"""The spool: what was appended is read once more than it may be lost, whatever happens between."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import StoreUnavailableError
from sightline.stores.spool.spool import Group, Spool, SpoolOptions

SMALL = SpoolOptions(segment_bytes=200, max_bytes=10_000)


def opened(folder: Path, options: SpoolOptions = SMALL) -> Spool:
    return Spool(folder, FakeClock(), options)


def taken(spool: Spool, records: int = 3) -> list[bytes]:
    """Read and finish all that is there."""
    found: list[bytes] = []
    while (group := spool.read(records=records, size_bytes=1 << 20)) is not None:
        found += group.records
        spool.done(group)
    return found


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


def test_records_come_back_in_order_and_segments_go(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    sent = [bytes([n]) * 40 for n in range(30)]
    for record in sent:
        spool.append(record)
    assert len(segments(tmp_path)) > 3
    assert taken(spool) == sent
    assert spool.backlog_bytes == 0
    assert len(segments(tmp_path)) == 1
    spool.close()
    assert segments(tmp_path) == []


def test_a_group_that_was_not_finished_is_the_same_for_the_next_process(tmp_path: Path) -> None:
    first = opened(tmp_path)
    for n in range(3):
        first.append(b"%d" % n)
    group = first.read(records=2, size_bytes=1 << 20)
    assert group is not None
    assert group == first.read(records=500, size_bytes=1 << 20)
    first.append(b"later")
    second = opened(tmp_path)
    again = second.read(records=500, size_bytes=1 << 20)
    assert again == group
    second.done(group)
    assert taken(second) == [b"2", b"later"]


def test_what_was_finished_does_not_come_back(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.append(b"one")
    assert taken(spool) == [b"one"]
    spool.append(b"two")
    assert taken(opened(tmp_path)) == [b"two"]


def test_keys_of_groups_never_repeat(tmp_path: Path) -> None:
    keys: list[str] = []
    for _ in range(4):
        spool = opened(tmp_path)
        spool.append(b"record")
        group = spool.read(records=1, size_bytes=1 << 20)
        assert group is not None
        keys.append(group.key)
        spool.done(group)
        spool.close()
    assert len(set(keys)) == 4


def test_keys_of_two_folders_differ_also_from_the_same_moment(tmp_path: Path) -> None:
    """Processes with folders of their own share the catalog that repeats are told by."""
    keys = set()
    for name in ("one", "other"):
        spool = opened(tmp_path / name)
        spool.append(b"record")
        group = spool.read(records=1, size_bytes=1 << 20)
        assert group is not None
        keys.add(group.key)
    assert len(keys) == 2


def test_groups_of_an_older_version_keep_their_keys(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.append(b"record")
    spool.close()
    (segment,) = segments(tmp_path)
    segment.rename(tmp_path / "0000000000000017.seg")
    again = opened(tmp_path)
    group = again.read(records=1, size_bytes=1 << 20)
    assert group is not None
    assert group.key == "17-0"
    again.done(group)
    again.close()
    assert segments(tmp_path) == []


def test_a_torn_tail_costs_the_torn_record_alone(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.append(b"whole")
    first.append(b"torn apart")
    path = segments(tmp_path)[0]
    os.truncate(path, path.stat().st_size - 3)
    second = opened(tmp_path)
    second.append(b"new")
    assert taken(second) == [b"whole", b"new"]
    assert second.damaged == 1


def test_damage_in_the_middle_costs_what_it_hit(tmp_path: Path) -> None:
    first = opened(tmp_path, SpoolOptions())
    for n in range(5):
        first.append(b"record %d" % n)
    path = segments(tmp_path)[0]
    data = bytearray(path.read_bytes())
    data[data.index(b"record 2") + 3] ^= 0xFF
    path.write_bytes(data)
    second = opened(tmp_path, SpoolOptions())
    assert taken(second) == [b"record 0", b"record 1", b"record 3", b"record 4"]
    assert second.damaged == 1


def test_a_segment_of_nonsense_and_a_lost_cursor(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.append(b"one")
    (tmp_path / "0000000000000001.seg").write_bytes(os.urandom(5000))
    (tmp_path / "cursor").write_bytes(b"\x00\x00")
    second = opened(tmp_path)
    assert taken(second) == [b"one"]


def test_it_takes_no_more_than_it_may_hold(tmp_path: Path) -> None:
    spool = opened(tmp_path, SpoolOptions(max_bytes=1000))
    spool.check()
    for _ in range(30):
        spool.append(b"x" * 50)
    with pytest.raises(StoreUnavailableError):
        spool.check()
    taken(spool)
    spool.check()


def test_a_full_disk_refuses_and_leaves_nothing_half(tmp_path: Path) -> None:
    spool = opened(tmp_path, SpoolOptions())
    spool.append(b"before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(StoreUnavailableError):
            spool.append(b"x" * 500)
        spool.append(b"small")
        with pytest.raises(StoreUnavailableError):
            spool.append(b"y" * 500)
        with pytest.raises(StoreUnavailableError):
            for _ in range(100):
                spool.check()
                spool.append(b"z" * 10)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)
    spool.append(b"after")
    spool.check()
    found = taken(spool)
    assert found[:2] == [b"before", b"small"]
    assert found[-1] == b"after"
    assert spool.damaged == 0


_WRITER = """
import sys
from pathlib import Path
from sightline.core.clock import SystemClock
from sightline.stores.spool.spool import Spool, SpoolOptions
spool = Spool(Path(sys.argv[1]), SystemClock(), SpoolOptions(segment_bytes=50_000))
n = 0
while True:
    spool.append(b"%08d" % n + b"x" * 200)
    sys.stdout.write("%d\\n" % n)
    sys.stdout.flush()
    n += 1
"""


def test_what_a_killed_process_appended_is_there(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 1000:
            process.kill()
            break
    said = 1000
    for line in process.stdout:
        if line.endswith("\n"):
            said = int(line)
    process.wait(10)
    found = [int(record[:8]) for record in taken(opened(tmp_path), records=100)]
    assert found == list(range(len(found)))
    assert len(found) > said


def test_a_group_says_where_it_lies(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.append(b"one")
    group = spool.read(records=1, size_bytes=1)
    assert isinstance(group, Group)
    assert group.key.startswith(f"{group.segment}-")
    assert group.key.endswith(f"-{group.start}")
