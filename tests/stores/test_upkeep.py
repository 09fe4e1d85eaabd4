"""A merge and an insert that were not written whole, as the engine leaves them where the disk has
no room; deletes where merges are stopped."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.small_disk import small_disk, small_ext4

_STORE = """
import asyncio, os, shutil, sys
from pathlib import Path
from sightline.core.errors import StoreFullError
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.analytics.upkeep import Upkeep
from sightline.stores.disk import Disk

folder = Path(sys.argv[1])
# A twentieth of the disk must be free.
disk = Disk(folder, 1 << 60)

def leave(part):
    "Leave so much of what must be free."
    filler = folder.parent / "taken"
    filler.unlink(missing_ok=True)
    room = disk.room()
    filler.write_bytes(bytes(room.free_bytes - int(room.needed_bytes * part)))

async def opened():
    store = Analytics.open(AnalyticsOptions(dsn=f"chdb://{folder}"))
    await store.command(
        "CREATE TABLE made (n UInt64) ENGINE = MergeTree ORDER BY n"
        " SETTINGS old_parts_lifetime = 60"
    )
    for n in range(5):
        await store.command(f"INSERT INTO made SELECT number + {n}000 FROM numbers(1000)")
    return store, Upkeep(store, disk)

async def until(fact):
    async with asyncio.timeout(60):
        while not fact():
            await asyncio.sleep(0.05)
"""

_NOT_WHOLE = """
async def main():
    store, upkeep = await opened()
    await store.command("OPTIMIZE TABLE made FINAL")
    asked = "SELECT path FROM system.parts WHERE active AND table = 'made'"
    ((path,),) = await store.query(asked)
    data = Path(path, "data.bin")
    with data.open("r+b") as file:
        file.truncate(data.stat().st_size // 2)
    aside = Path(path).parent / "detached"
    # Left of a deletion that was broken off: the part cannot take that name.
    rest = aside / f"deleting_broken-on-start_{Path(path).name}"
    if "in the way" in sys.argv:
        (rest / "any").mkdir(parents=True)
    leave(0.5)
    upkeep.start()
    if rest.exists():
        # Counted after it could not be deleted.
        await until(lambda: upkeep.figures().detached)
        print(*await store.query("SELECT count(), sum(n) FROM made"))
        shutil.rmtree(rest)
    await until(lambda: upkeep.figures().reopened and not list(aside.iterdir()))
    await until(lambda: not upkeep.figures().detached)
    await upkeep.stop()
    print(*await store.query("SELECT count(), sum(n) FROM made"))
    print(upkeep.faults())
    store.close()

asyncio.run(main())
"""

_INSERT_NOT_WHOLE = """
async def main():
    store, upkeep = await opened()
    aside = Path(*(await store.query("SELECT any(path) FROM system.parts"))[0]).parent / "detached"
    asked = "SELECT argMax(path, max_block_number) FROM system.parts WHERE table = 'made'"
    Path(*(await store.query(asked))[0], "data.bin").write_bytes(b"")
    leave(0.5)
    upkeep.start()
    await until(lambda: upkeep.figures().reopened)
    await upkeep.stop()
    print(*await store.query("SELECT count(), sum(n) FROM made"))
    print(upkeep.figures().detached, [path.name for path in aside.iterdir()])
    store.close()

asyncio.run(main())
"""

_MERGED_BEFORE = """
async def main():
    store, upkeep = await opened()
    await store.command("OPTIMIZE TABLE made FINAL")
    await store.command("SYSTEM STOP MERGES made")
    await store.command("INSERT INTO made VALUES (1)")
    asked = "SELECT argMax(path, max_block_number) FROM system.parts WHERE table = 'made'"
    Path(*(await store.query(asked))[0], "data.bin").write_bytes(b"")
    leave(0.5)
    upkeep.start()
    await until(lambda: upkeep.figures().reopened)
    # Killed.
    os._exit(0)

asyncio.run(main())
"""

_LAST_ROOM = """
async def main():
    store, upkeep = await opened()
    taking = Analytics(AnalyticsOptions(dsn=f"chdb://{folder}"), disk)
    taking.start()
    leave(1.2)
    try:
        await taking.insert("made", ["n"], os.urandom(disk.room().needed_bytes // 2))
    except StoreFullError as error:
        print(error.hint)
    leave(3)
    await taking.insert("made", ["n"], os.urandom(80))
    taking.close()
    store.close()

asyncio.run(main())
"""

_DELETES = """
async def main():
    store, upkeep = await opened()
    leave(0.5)
    upkeep.start()
    await until(lambda: upkeep.figures().merges_stopped)
    # Those that were let in a moment before, one for each thread that writes.
    let_in = [
        asyncio.create_task(store.command(f"DELETE FROM made WHERE n = {n}")) for n in range(3)
    ]
    waiting = "SELECT count() FROM system.mutations WHERE NOT is_done"
    while await store.query(waiting) != [(3,)]:
        await asyncio.sleep(0.05)
    # Writes go on, merges not yet.
    leave(1.2)
    await until(lambda: disk.room().state == "ok")
    try:
        await store.delete("made", "n < 2000")
    except StoreFullError as error:
        print(error.hint)
    print(upkeep.figures().merges_stopped, [one.done() for one in let_in])
    leave(3)
    async with asyncio.timeout(60):
        await asyncio.gather(*let_in)
    await until(lambda: not upkeep.figures().merges_stopped)
    await store.delete("made", "n < 2000")
    print(*await store.query("SELECT count(), sum(n) FROM made"))
    await upkeep.stop()
    store.close()

asyncio.run(main())
"""


def _said(tmp_path: Path, script: str, *words: str) -> list[str]:
    with small_disk(tmp_path / "disk", "40m") as disk:
        return _run(disk.folder / "store", script, *words)


def _run(folder: Path, script: str, *words: str) -> list[str]:
    command = [sys.executable, "-c", _STORE + script, str(folder), *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout.splitlines()


# 5,000 rows: 0 to 999 of each thousand.
_WHOLE = "(5000, 12497500)"


def test_its_sources_take_its_place(tmp_path: Path) -> None:
    assert _said(tmp_path, _NOT_WHOLE) == [_WHOLE, "['disk_full']"]


def test_what_could_not_be_deleted_is_tried_again(tmp_path: Path) -> None:
    assert _said(tmp_path, _NOT_WHOLE, "in the way") == [_WHOLE, _WHOLE, "['disk_full']"]


def test_an_insert_that_was_not_acknowledged_is_taken_back(tmp_path: Path) -> None:
    left = (4000, sum(n * 1000 + k for n in range(4) for k in range(1000)))
    assert _said(tmp_path, _INSERT_NOT_WHOLE) == [str(left), "0 []"]


def test_what_was_merged_is_on_the_disk_once_a_table_is_opened_anew(tmp_path: Path) -> None:
    # From then on the engine may delete the sources of it.
    image, cut = tmp_path / "image", tmp_path / "cut"
    with small_ext4(tmp_path / "disk", image) as disk:
        _run(disk.folder / "store", _MERGED_BEFORE)
        merged = disk.folder / "store" / "data" / "default" / "made" / "all_1_5_1"
        written = {file.name: file.read_bytes() for file in merged.iterdir()}
        shutil.copy(image, cut)
    assert written["data.bin"]
    with small_ext4(tmp_path / "disk", cut):
        assert {file.name: file.read_bytes() for file in merged.iterdir()} == written


def test_an_insert_that_takes_the_last_room_is_not_acknowledged(tmp_path: Path) -> None:
    assert _said(tmp_path, _LAST_ROOM) == ["Make room; writes then go on by themselves"]


def test_deletes_wait_for_no_room_and_nothing_waits_for_them(tmp_path: Path) -> None:
    left = (3000, sum(range(2000, 5000)))
    assert _said(tmp_path, _DELETES) == [
        "Make room; deletes then go on by themselves",
        "True [False, False, False]",
        str(left),
    ]
