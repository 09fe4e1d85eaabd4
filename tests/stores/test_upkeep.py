"""A merge that was not written whole, as the engine leaves it where the disk has no room."""

import subprocess
import sys
from pathlib import Path

from tests.small_disk import small_disk

_SCRIPT = """
import asyncio, sys
from pathlib import Path
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.analytics.upkeep import Upkeep
from sightline.stores.disk import Disk

async def main():
    folder = Path(sys.argv[1])
    store = Analytics.open(AnalyticsOptions(dsn=f"chdb://{folder}"))
    await store.command(
        "CREATE TABLE made (n UInt64) ENGINE = MergeTree ORDER BY n"
        " SETTINGS old_parts_lifetime = 60"
    )
    for n in range(5):
        await store.command(f"INSERT INTO made SELECT number + {n}000 FROM numbers(1000)")
    await store.command("OPTIMIZE TABLE made FINAL")
    asked = "SELECT path FROM system.parts WHERE active AND table = 'made'"
    ((path,),) = await store.query(asked)
    data = Path(path, "data.bin")
    with data.open("r+b") as file:
        file.truncate(data.stat().st_size // 2)
    # A twentieth of the disk must be free, and is not.
    disk = Disk(folder, 1 << 60)
    (folder.parent / "taken").write_bytes(bytes(disk.room().free_bytes - (1 << 20)))
    upkeep = Upkeep(store, disk)
    upkeep.start()
    async with asyncio.timeout(60):
        while not upkeep.figures().reopened:
            await asyncio.sleep(0.05)
        while upkeep.figures().detached:
            await asyncio.sleep(0.05)
    await upkeep.stop()
    print(await store.query("SELECT count(), sum(n) FROM made"))
    print(upkeep.faults())
    store.close()

asyncio.run(main())
"""


def test_its_sources_take_its_place(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "40m") as disk:
        store = disk.folder / "store"
        words = [sys.executable, "-c", _SCRIPT, str(store)]
        ended = subprocess.run(words, capture_output=True, text=True, timeout=90)
    assert ended.returncode == 0, ended.stderr[-3000:]
    # 5,000 rows: 0 to 999 of each thousand.
    assert ended.stdout.splitlines() == [str([(5000, 12_497_500)]), "['disk_full']"]
