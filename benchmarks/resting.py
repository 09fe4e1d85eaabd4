"""What rows at rest (ADR 20) cost and spare: questions about many rows of a full store, asked in
this process, with every row merged and with the copy.

    python -m benchmarks.resting --data /var/tmp/ten        # a folder of benchmarks.straight

Hours that are not put down yet are put down first, and that is timed too.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from unittest.mock import patch

import msgspec

from benchmarks.common import Row, report
from sightline.domain.filter import Condition, EntityType, Operator
from sightline.stores.analytics import (
    resting,
    rollup_units,
    series,
    slice_figures,
    stats,
    thread_stats,
)
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.metrics import Buckets
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.analytics.rollup_units import Unit
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.series import Drawn, Kind
from sightline.stores.analytics.thread_columns import Lifecycle

_DAY_US = 86_400_000_000
_HOURS = 24
Ask = Callable[[], Awaitable[object]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with `data` in it")
    folder = parser.parse_args().data / "data" / "analytics"
    analytics = Analytics.open(AnalyticsOptions(dsn=f"chdb://{folder}"))
    try:
        rows = asyncio.run(_measure(analytics))
    finally:
        analytics.close()
    report("rows at rest", rows)


async def _measure(analytics: Analytics) -> list[Row]:
    rows = [await _put_down(analytics)]
    (found,) = await analytics.query(
        "SELECT workspace_id, project_id FROM traces "
        "GROUP BY workspace_id, project_id ORDER BY count() DESC LIMIT 1"
    )
    scope = Scope(workspace_id=bytes(found[0]), project_ids=(bytes(found[1]),))
    for name, ask in _questions(analytics, scope).items():
        copied = await _timed(ask)
        with patch.object(resting, "are_kept", lambda _: False):
            merged = await _timed(ask)
        rows.append(Row(name, f"{merged[0]:,.0f} ms, {copied[0]:,.0f} ms", _cpu(merged, copied)))
    return rows


async def _put_down(analytics: Analytics) -> Row:
    """Put down what is due, as the service does, without its pauses."""
    begun_s, cpu_s, count = time.monotonic(), time.process_time(), 0
    now_us = time.time_ns() // 1000
    left = await rollup_units.due(analytics, now_us, 1_000_000, "rested_us")
    by_batch: dict[tuple[bytes, int], list[Unit]] = {}
    for unit in left:
        by_batch.setdefault((unit.workspace_id, unit.hour // _HOURS), []).append(unit)
    for units in by_batch.values():
        at_us = await rollup_units.tick(analytics, now_us)
        await resting.compute(analytics, units, at_us)
        await rollup_units.note(analytics, units, at_us, "rested_us")
        count += len(units)
    ((size, rows),) = await analytics.query(
        "SELECT sum(bytes_on_disk), sum(rows) FROM system.parts "
        "WHERE active AND database = currentDatabase() AND startsWith(table, 'resting_')"
    )
    took_s, used_s = time.monotonic() - begun_s, time.process_time() - cpu_s
    return Row(
        f"{count:,} hours put down",
        f"{took_s:,.0f} s, {used_s:,.0f} s of processor",
        f"{int(rows):,} rows, {int(size) / max(1, int(rows)):,.0f} B each",
    )


def _questions(analytics: Analytics, scope: Scope) -> dict[str, Ask]:
    now_us = time.time_ns() // 1000
    lifecycle = Lifecycle(now_us=now_us, timeout_us=900_000_000)
    month = msgspec.structs.replace(scope, from_us=now_us - 30 * _DAY_US)
    days = Buckets(now_us - now_us % _DAY_US - 30 * _DAY_US, _DAY_US)

    def where(field: str, operator: Operator, value: str) -> Scope:
        met = Condition(field=field, operator=operator, value=value)
        return msgspec.structs.replace(scope, filter=met)

    def drawn(entity: EntityType, kind: Kind, column: str, *, by: str) -> Ask:
        what = Drawn(kind=kind, columns=(column,), levels=(0.5,))
        return lambda: series.series(analytics, entity, month, what, days, lifecycle, by=by, top=8)

    def figures(entity: EntityType, of: Scope) -> Ask:
        return lambda: slice_figures.figures(analytics, entity, of, lifecycle)

    return {
        "statistics of threads": lambda: thread_stats.stats(analytics, scope, lifecycle),
        "figures of threads": figures("thread", scope),
        "figures of traces that ended well": figures("trace", where("status", "=", "ok")),
        "statistics of them": lambda: stats.stats(analytics, "trace", where("status", "=", "ok")),
        "figures of calls of models": figures("span", where("type", "=", "llm")),
        "traces that cost more than a cent": figures(
            "trace", where("total_estimated_cost", ">", "0.01")
        ),
        "spans that took half a second": figures("span", where("duration", ">", "500")),
        "30 days, cost of spans by model": drawn("span", "sum", "total_estimated_cost", by="model"),
        "30 days, cost of traces by model": drawn(
            "trace", "sum", "total_estimated_cost", by="model"
        ),
        "30 days, duration of traces by tag": drawn("trace", "percentiles", "duration", by="tags"),
    }


async def _timed(ask: Ask) -> tuple[float, float]:
    """Return the better of two, ms of the wall and of the processor."""
    found = []
    for _ in range(2):
        begun_s, cpu_s = time.monotonic(), time.process_time()
        await ask()
        found.append(((time.monotonic() - begun_s) * 1000, (time.process_time() - cpu_s) * 1000))
    return min(found)


def _cpu(merged: tuple[float, float], copied: tuple[float, float]) -> str:
    return f"all merged, from the copy; processor {merged[1]:,.0f}, {copied[1]:,.0f} ms"


if __name__ == "__main__":
    main()
