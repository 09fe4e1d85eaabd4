"""Parts of the embedded engine's tables are checked one by one; what could not be read for want of
something else is not called damaged.
"""

import subprocess
import sys
from pathlib import Path

_SCRIPT = """
import resource, sys
from pathlib import Path
from sightline.core.errors import SightlineError
from sightline.stores.analytics import parts
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions

folder = Path(sys.argv[1])
store = Analytics(AnalyticsOptions(dsn=f"chdb://{folder}"))
client = store._connect()
client.command("CREATE TABLE made (n UInt64) ENGINE = MergeTree ORDER BY n")
for n in range(3):
    client.command(f"INSERT INTO made SELECT {n} + number FROM numbers(10000)")
first, second, third = every = parts.listed(client)
print([parts.check(client, part) for part in every])
print(parts.check(client, first._replace(name="all_9_9_0")))

limits = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
try:
    print(parts.check(client, first))
except SightlineError as error:
    print(error.code)
resource.setrlimit(resource.RLIMIT_NOFILE, limits)

data = folder / "data" / "default" / "made" / second.name / "data.bin"
data.write_bytes(data.read_bytes()[:-9])
print([parts.check(client, part) is None for part in every])
parts.lay_aside(client, second)
print([part.name for part in parts.listed(client)] == [first.name, third.name])
"""


def test_what_is_damaged_is_found_and_nothing_else(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _SCRIPT, str(tmp_path / "store")]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=90)
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert ended.stdout.splitlines() == [
        "[None, None, None]",
        "None",
        "store_unavailable",
        "[True, False, True]",
        "True",
    ]
