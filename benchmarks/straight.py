"""Fills a data folder with millions of spans by SQL, past ingest, for benchmarks of reading.

    python -m benchmarks.straight /var/tmp/ten/data --spans 10000000

What is there is what a company's traffic leaves behind, and the same for the same size and seed
but for the ids of projects and the day: ten spans a trace over 30 days; 50 projects, of which one
has 80 % and the others share the rest unevenly; half of the traces in threads; scores on traces,
spans and threads; tags, errors, guardrail checks and a few comments. A span is about 2 kB of
prose, as in `payloads`, but one in 500 has 20 kB, one in 10,000 has 200 kB and one in 250,000 has
5 MB. A fifth of spans and traces began without end, output and usage, and a second row brings them
some chunks later, for one in a hundred of those before the first. Chunks come in a shuffled order,
and a twentieth of each chunk's traces comes with another chunk.

`RARE` stands in exactly three spans and two traces of the large project, `COMMON` in 1 % of all.
"""

import argparse
import asyncio
import random
import time
from pathlib import Path

from benchmarks.payloads import Prose, now_us
from benchmarks.straight_sql import (
    COMMON,
    DAYS_US,
    POOL_BYTES,
    PROJECTS,
    RARE,
    SPANS_PER_TRACE,
    Plan,
    Sql,
    Statements,
)
from sightline.core.clock import SystemClock
from sightline.domain.workspace import DEFAULT_WORKSPACE_ID
from sightline.services.workspace.directory import Directory
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrate import migrate

PROJECT = "bench"
_LATER = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    asyncio.run(fill(args.data, args.spans // SPANS_PER_TRACE, seed=args.seed))


async def fill(data: Path, traces: int, *, seed: int = 1) -> None:
    """Make the stores of a data folder and fill them; no server may be using it.

    Returns when merges have ended.
    """
    data.mkdir(parents=True, exist_ok=True)
    catalog = Catalog.open(f"sqlite:///{data}/catalog.db")
    migrate(catalog)
    directory = Directory(catalog, SystemClock())
    analytics = Analytics.open(
        AnalyticsOptions(
            dsn=f"chdb://{data}/analytics", query_timeout_s=600, max_memory_bytes=4 << 30
        )
    )
    try:
        projects = [
            await directory.project_id(DEFAULT_WORKSPACE_ID, name) for name in project_names()
        ]
        await _fill_pool(analytics, seed)
        plan = Plan(traces, now_us() - DAYS_US, seed, tuple(projects))
        await _Filling(analytics, plan).run()
        await analytics.command("DROP TABLE bench_prose")
        await _merged(analytics)
    finally:
        await directory.close()
        analytics.close()
        catalog.close()


def project_names() -> list[str]:
    """Return the names of the projects, the large one first."""
    return [PROJECT, *(f"team-{n:02d}" for n in range(1, PROJECTS))]


async def _fill_pool(analytics: Analytics, seed: int) -> None:
    """Keep one long text that payloads are cut out of; without what JSON would have to escape."""
    text = Prose(seed).text(POOL_BYTES).encode("ascii", "replace").decode()
    text = text.replace("\\", "/").replace('"', "'")
    for word in (RARE, COMMON):
        assert word not in text
    await analytics.command("CREATE TABLE bench_prose (text String) ENGINE = MergeTree ORDER BY ()")
    raw = text.encode()
    length = bytearray()
    n = len(raw)
    while n > 127:
        length.append(n & 127 | 128)
        n >>= 7
    length.append(n)
    await analytics.insert("bench_prose", ["text"], bytes(length) + raw)


async def _merged(analytics: Analytics) -> None:
    """Wait until the engine has nothing more to merge, as it would by itself."""
    begun, quiet = time.monotonic(), 0
    while quiet < 5:
        await asyncio.sleep(2)
        rows = await analytics.query("SELECT count() FROM system.merges")
        quiet = 0 if rows[0][0] else quiet + 1
    parts = await analytics.query(
        "SELECT table, count(), sum(rows), sum(bytes_on_disk) FROM system.parts "
        "WHERE active AND database = currentDatabase() GROUP BY table ORDER BY table"
    )
    print(f"  merges ended, {time.monotonic() - begun:.0f} s", flush=True)
    for table, count, rows_, size in parts:
        print(f"  {table}: {count} parts, {rows_:,} rows, {size / 1e6:,.0f} MB", flush=True)


class _Filling:
    def __init__(self, analytics: Analytics, plan: Plan) -> None:
        self._analytics, self._plan = analytics, plan

    async def run(self) -> None:
        plan = self._plan
        statements = Statements(plan, await self._rare())
        order = list(range(plan.chunks))
        random.Random(plan.seed).shuffle(order)
        begun = time.monotonic()
        for place in range(plan.chunks + _LATER):
            for sql in self._due(statements, order, place):
                await self._analytics.command(sql)
            done = min(place + 1, plan.chunks) * plan.at_once * SPANS_PER_TRACE
            print(
                f"  {min(done, plan.spans):,} spans, {time.monotonic() - begun:.0f} s", flush=True
            )

    def _due(self, statements: Statements, order: list[int], place: int) -> list[str]:
        """Return what arrives at a place in the order: patches before, rows, patches after."""
        found = []
        if place == 0:
            found += statements.patches(order[0], early=True)
        if place + 1 < len(order):
            found += statements.patches(order[place + 1], early=True)
        if place < len(order):
            found += statements.rows(order[place])
        if 0 <= place - _LATER < len(order):
            found += statements.patches(order[place - _LATER], early=False)
        return found

    async def _rare(self) -> tuple[list[int], list[int]]:
        """Return the numbers of the spans and of the traces that have the rare word."""
        sql = Sql(self._plan)
        found = []
        for share in (0.1, 0.3, 0.5, 0.7, 0.9):
            rows = await self._analytics.query(
                f"SELECT number AS i FROM numbers({int(self._plan.traces * share)}, 1000) "
                f"WHERE {sql.project_number} = 1 AND {sql.chance('i', 'patch', 5)} != 0 LIMIT 1"
            )
            found.append(int(rows[0][0]))
        return [i * SPANS_PER_TRACE + n for n, i in enumerate(found[:3])], found[3:]


if __name__ == "__main__":
    main()
