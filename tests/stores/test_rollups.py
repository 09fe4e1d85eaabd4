"""Figures of whole hours: the same as those of the rows, whatever is written or deleted since."""

import random
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from sightline.core.clock import FakeClock
from sightline.core.ids import Id, new_id
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.workspace.deletion import Deletion
from sightline.stores.analytics import (
    project_table,
    rollup_units,
    rollups,
    series,
    slice_figures,
    stats,
    unit_slices,
)
from sightline.stores.analytics.buckets import Periods
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.metrics import Buckets
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.analytics.series import Drawn
from sightline.stores.analytics.slice_figures import Figures
from sightline.stores.analytics.sql import id_literal
from tests.stores.figures_world import HOUR, LIFECYCLE, MONDAY, Kept, NoAttachments, kept_world

MINUTE = HOUR // 60


def trace_id(at_us: int, n: int) -> Id:
    return (at_us // 1000).to_bytes(6, "big") + b"\x70\x00\x80" + n.to_bytes(7, "big")


class Hours(Kept):
    """A project of some hours, whose figures are asked for with and without the hours."""

    works = ("computed_us",)

    async def fill(self) -> list[Id]:
        """Write traces of six hours: late starts, failures, ids of other hours, two sources."""
        rng = random.Random(5)
        traces, spans = [], []
        for n in range(240):
            start = MONDAY + n * 6 * HOUR // 240 + rng.randrange(MINUTE)
            # Some ids tell another hour than the start, some no time at all.
            told = 1_000_000 if n % 60 == 7 else start - (2 * HOUR if n % 31 == 3 else 0)
            id = trace_id(told, n)
            traces.append(
                TraceWrite(
                    id=id, version_us=start, project_id=self.world.project, start_time_us=start,
                    end_time_us=None if n % 9 == 0 else start + rng.randrange(1, 4_000_000),
                    error_info='{"exception_type":"E"}' if n % 11 == 0 else None,
                    source="experiment" if n % 13 == 0 else "sdk", tags=["a"] * (n % 3),
                )
            )  # fmt: skip
            for k in range(n % 4):
                spans.append(
                    SpanWrite(
                        id=trace_id(start + k, 1000 * k + n), trace_id=id, version_us=start,
                        project_id=self.world.project, start_time_us=start + k * HOUR // 2,
                        end_time_us=start + k * HOUR // 2 + rng.randrange(1, 900_000),
                        type="llm" if k % 2 else "tool",
                        usage={"total_tokens": n + k, "prompt_tokens": n} if k % 2 else None,
                        total_estimated_cost=None if k == 0 else Decimal(n) / 1000,
                    )
                )  # fmt: skip
        await self.world.ingest.write_traces(self.world.who, traces)
        await self.world.ingest.write_spans(self.world.who, spans)
        return [trace.id for trace in traces]

    async def same(self, monkeypatch: pytest.MonkeyPatch, *, lists: bool = False) -> None:
        """Assert that all figures are those of the rows."""
        cuts: list[tuple[int | None, int | None, Buckets | None]] = [
            (None, None, None),
            (MONDAY + 90 * MINUTE, MONDAY + 5 * HOUR + 7, None),
            (MONDAY + 40 * MINUTE, None, Buckets(MONDAY, 3 * HOUR)),
            (MONDAY + 13 * MINUTE, None, Periods(MONDAY + 13 * MINUTE, 2 * HOUR + 1)),
        ]
        for entity in ("trace", "span"):
            for from_us, to_us, buckets in cuts:
                for hidden in ((), ("experiment",))[: 1 + (from_us is not None)]:
                    scope = msgspec.structs.replace(
                        self.scope, from_us=from_us, to_us=to_us, hidden_sources=hidden
                    )
                    ask = (self.world.analytics, entity, scope, buckets, LIFECYCLE)
                    with monkeypatch.context() as patch:
                        patch.setattr(rollups, "WORTH", 1 << 60)
                        plain = await slice_figures.by_bucket(*ask)
                    with monkeypatch.context() as patch:
                        patch.setattr(rollups, "WORTH", 0)
                        summed = await slice_figures.by_bucket(*ask)
                    assert set(summed) == set(plain), (entity, from_us, buckets)
                    for bucket, figures in plain.items():
                        alike(summed[bucket], figures)
        with monkeypatch.context() as patch:
            patch.setattr(rollups, "WORTH", 0)
            analytics, scope = self.world.analytics, self.scope
            of_traces = await project_table.of_traces(analytics, scope)
            of_spans = await project_table.of_spans(analytics, scope)
            patch.setattr(rollups, "WORTH", 1 << 60)
            assert of_spans == await project_table.of_spans(analytics, scope)
            plain_traces = await project_table.of_traces(analytics, scope)
            for entity in ("trace", "span") if lists else ():
                await self._same_lists(patch, entity)
        assert {p: (t.traces, t.errors) for p, t in of_traces.items()} == {
            p: (t.traces, t.errors) for p, t in plain_traces.items()
        }

    async def _same_lists(self, patch: pytest.MonkeyPatch, entity: str) -> None:
        """Assert that statistics, charts and the beginning are those of the rows."""
        analytics, scope = self.world.analytics, self.scope
        found = []
        for worth in (0, 1 << 60):
            patch.setattr(rollups, "WORTH", worth)
            said = await stats.stats(analytics, entity, scope)
            lines = [
                sorted(
                    await series.series(
                        analytics, entity, scope, drawn, Buckets(0, 2 * HOUR), LIFECYCLE, top=8
                    )
                )
                for drawn in (
                    Drawn(kind="error_rate"),
                    Drawn(kind="sum", columns=("usage.total_tokens", "usage.prompt_tokens")),
                    Drawn(kind="sum", columns=("total_estimated_cost",)),
                )
            ]
            first = await slice_figures.oldest_us(analytics, entity, scope, LIFECYCLE)
            found.append((msgspec.structs.replace(said, durations_ms=None), lines, first))
        assert found[0] == found[1]


def alike(summed: Figures, plain: Figures) -> None:
    assert (summed.count, summed.errors) == (plain.count, plain.errors)
    assert (summed.cost or 0, summed.tokens or 0) == (plain.cost or 0, plain.tokens or 0)
    # Of few values the rows' percentiles lie between two of them.
    if plain.count > 100:
        assert summed.duration_p50 == pytest.approx(plain.duration_p50, rel=0.05)


async def test_hours_say_what_the_rows_say(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Hours) as hours:
        await hours.fill()
        # Not all hours in one statement.
        hours.keeper._hours = dict.fromkeys(hours.keeper._hours, 2)
        assert await hours.rest() >= 6
        await hours.same(monkeypatch, lists=True)
        assert await hours.rest() == 0


async def test_a_large_hour_is_added_up_in_slices(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Hours) as hours:
        await hours.fill()
        # Larger than some hours, smaller than others.
        monkeypatch.setattr(unit_slices, "_ROWS", 40)
        assert await hours.rest() >= 6
        rows = await analytics.query(
            "SELECT count(), max(slice) FROM rollups "
            f"WHERE workspace_id = {id_literal(hours.world.workspace_id)} GROUP BY slice = 0"
        )
        assert len(rows) == 2
        await hours.same(monkeypatch)


async def test_an_hour_stays_when_others_of_its_time_are_added_up(
    analytics: Analytics, tmp_path: Path
) -> None:
    async with kept_world(analytics, tmp_path, Hours) as hours:
        one, other = hours.world.project, new_id()

        async def write(project: Id, hour: int) -> None:
            start = MONDAY + hour * HOUR
            trace = TraceWrite(
                id=trace_id(start, hour), version_us=start, project_id=project, start_time_us=start
            )
            await hours.world.ingest.write_traces(hours.world.who, [trace])

        await write(other, 4)
        assert await hours.rest() >= 1
        # Both projects and both hours, but not this project's first one.
        for project, hour in ((one, 4), (one, 5), (other, 5)):
            await write(project, hour)
        assert await hours.rest() >= 3
        # What would happen some day: of rows with one key the newest stays.
        table = "rollups_local" if analytics.cluster else "rollups"
        await analytics.command(f"OPTIMIZE TABLE {table} FINAL")
        scope = msgspec.structs.replace(hours.scope, project_ids=(other,))
        found = await rollups.by_project(analytics, "trace", scope, ["own"], worth=0)
        assert found is not None
        assert found[other].count == 2


async def test_what_comes_later_counts_at_once(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Hours) as hours:
        ids = await hours.fill()
        assert await hours.rest() >= 6
        project = hours.world.project
        late = [
            TraceWrite(id=ids[100], version_us=MONDAY * 2, project_id=project, error_info="{}"),
            TraceWrite(id=ids[101], version_us=MONDAY * 2, project_id=project,
                       start_time_us=MONDAY + 3 * MINUTE),
        ]  # fmt: skip
        await hours.world.ingest.write_traces(hours.world.who, late)
        await hours.same(monkeypatch, lists=True)
        assert await hours.rest() >= 1
        hours.clock.advance(-3600)
        span = SpanWrite(
            id=trace_id(MONDAY, 7),
            trace_id=ids[50],
            version_us=MONDAY,
            project_id=project,
            start_time_us=MONDAY,
            total_estimated_cost=Decimal(5),
        )
        await hours.world.ingest.write_spans(hours.world.who, [span])
        # The clock was set back: what was added up later than now holds no longer either.
        await hours.same(monkeypatch)


async def test_what_is_deleted_counts_no_longer(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Hours) as hours:
        ids = await hours.fill()
        assert await hours.rest() >= 6
        deletion = Deletion(hours.world.analytics, NoAttachments(), hours.clock)
        await deletion.delete_traces(hours.world.workspace_id, ids[20:40])
        await hours.same(monkeypatch)
        await deletion.delete_projects(hours.world.workspace_id, [hours.world.project])
        await hours.same(monkeypatch)
        assert await project_table.of_traces(hours.world.analytics, hours.scope) == {}


async def test_rows_without_marks_are_found(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Hours) as hours:
        await hours.fill()
        await rollup_units.forget(hours.world.analytics)
        assert not await rollup_units.is_ready(hours.world.analytics)
        await hours.rest()
        await hours.same(monkeypatch)


async def test_a_slow_write_of_other_rows_is_no_error(analytics: Analytics) -> None:
    # One that has marked nothing yet.
    fresh = Analytics.open(AnalyticsOptions(dsn=analytics.options.dsn))
    clock = FakeClock()
    try:
        async with rollup_units.changing(fresh, (), clock):
            clock.advance(300)
    finally:
        fresh.close()
