"""A process that may open no more files: the store says so, and answers once it may again."""

import subprocess
import sys
from pathlib import Path

# Opens the store, has no files left for a moment, and asks again.
_SCRIPT = """
import asyncio, os, resource, sys
import uvloop
from sightline.core.errors import SightlineError
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions

async def main():
    store = Analytics.open(AnalyticsOptions(dsn=f"chdb://{sys.argv[1]}"))
    store.prepare()
    await store.command(
        "CREATE TABLE made (n UInt64, s String) ENGINE = MergeTree ORDER BY n"
        " SETTINGS min_bytes_for_wide_part = 0"
    )
    await store.command("INSERT INTO made SELECT number, toString(number) FROM numbers(100)")
    may, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The folder that is listed is one of them.
    open_files = len(os.listdir("/proc/self/fd")) - 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, most))
    try:
        await store.query("SELECT sum(n), max(s) FROM made")
    except SightlineError as error:
        print(error.code)
    resource.setrlimit(resource.RLIMIT_NOFILE, (may, most))
    print(await store.query("SELECT sum(n), max(s) FROM made"))
    os._exit(0)

uvloop.run(main())
"""


def test_it_answers_again_when_there_are_files(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _SCRIPT, str(tmp_path / "store")]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert ended.stdout.split("\n")[:2] == ["store_unavailable", "[(4950, '99')]"]
