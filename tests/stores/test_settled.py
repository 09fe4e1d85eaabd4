"""What a power cut finds on the disk."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.small_disk import small_ext4

# Fails the disk as soon as the new part has its name, which is not on the disk then.
_SCRIPT = """
import asyncio, os, sys, threading
from pathlib import Path
from sightline.core.errors import StoreUnavailableError
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.disk import Disk

async def main():
    folder = Path(sys.argv[1])
    folder.mkdir()
    store = Analytics(AnalyticsOptions(dsn=f"chdb://{folder}"), Disk(folder, 0))
    store.start()
    await store.command(
        "CREATE TABLE made (n UInt64) ENGINE = MergeTree ORDER BY n"
        " SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"
    )
    await store.insert("made", ["n"], bytes(8))
    part = os.path.realpath(folder / "data" / "default" / "made") + "/all_2_2_0"
    fault, watches = open(sys.argv[2], "w"), threading.Event()

    def fail():
        watches.set()
        while not os.path.exists(part):
            pass
        fault.write("a test")
        fault.close()

    watch = threading.Thread(target=fail)
    watch.start()
    watches.wait()
    try:
        await store.insert("made", ["n"], bytes(8))
        print("acknowledged")
    except StoreUnavailableError as error:
        print(error)
    watch.join()
    # Nothing is to be written any more.
    os._exit(0)

asyncio.run(main())
"""

# Opens the store, does what it is told, and is killed.
_STATEMENTS = """
import asyncio, os, sys
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions

async def main():
    store = Analytics.open(AnalyticsOptions(dsn=f"chdb://{sys.argv[1]}"))
    for statement in sys.argv[2:]:
        await store.command(statement)
    os._exit(0)

asyncio.run(main())
"""
_MERGED = (
    "CREATE TABLE made (n UInt64) ENGINE = MergeTree ORDER BY n"
    " SETTINGS fsync_after_insert = 1, fsync_part_directory = 1",
    "INSERT INTO made VALUES (1)",
    "INSERT INTO made VALUES (2)",
    "OPTIMIZE TABLE made FINAL",
)


def test_what_is_acknowledged_is_on_the_disk(tmp_path: Path) -> None:
    # Each time the moment is another.
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        image, cut = folder / "image", folder / "cut"
        with small_ext4(folder / "disk", image) as disk:
            words = [sys.executable, "-c", _SCRIPT, str(disk.folder / "store"), str(disk.fault)]
            ended = subprocess.run(words, capture_output=True, text=True, timeout=60)
            assert ended.returncode == 0, ended.stderr[-3000:]
            # What the disk has, and the system's memory has not.
            shutil.copy(image, cut)
        said = ended.stdout.strip()
        if said == "acknowledged":
            with small_ext4(folder / "disk", cut) as disk:
                made = disk.folder / "store" / "data" / "default" / "made"
                assert (made / "all_2_2_0").is_dir()
        else:
            assert said == "The disk of the analytics store is read-only"


def test_what_was_merged_is_on_the_disk_once_the_store_is_open(tmp_path: Path) -> None:
    # From then on the engine may delete the sources of it.
    image, cut = tmp_path / "image", tmp_path / "cut"
    with small_ext4(tmp_path / "disk", image) as disk:
        folder = disk.folder / "store"
        for statements in (_MERGED, ()):
            words = [sys.executable, "-c", _STATEMENTS, str(folder), *statements]
            ended = subprocess.run(words, capture_output=True, text=True, timeout=60)
            assert ended.returncode == 0, ended.stderr[-3000:]
        merged = folder / "data" / "default" / "made" / "all_1_2_1"
        written = {file.name: file.read_bytes() for file in merged.iterdir()}
        shutil.copy(image, cut)
    assert written["data.bin"]
    with small_ext4(tmp_path / "disk", cut):
        assert {file.name: file.read_bytes() for file in merged.iterdir()} == written
