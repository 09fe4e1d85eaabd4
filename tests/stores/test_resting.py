"""Rows of hours at rest: every answer is the one that merging all rows gives, whatever is written
or deleted since."""

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sightline.core.ids import Id
from sightline.domain.filter import EVERYTHING, And, Condition, Filter, Not, Or
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.workspace.deletion import Deletion
from sightline.stores.analytics import (
    candidates,
    resting,
    rollups,
    series,
    slice_figures,
    stats,
    thread_stats,
    unit_slices,
)
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.metrics import Buckets
from sightline.stores.analytics.series import Drawn
from sightline.stores.analytics.sql import id_literal
from tests.modes import of_one_shard
from tests.stores.figures_world import HOUR, LIFECYCLE, MONDAY, Kept, NoAttachments, kept_world

pytestmark = of_one_shard

MINUTE = HOUR // 60


def where(field: str, operator: Any, value: str = "", key: str | None = None) -> Condition:
    return Condition(field=field, operator=operator, value=value, key=key)


FILTERS: dict[str, list[Filter]] = {
    "trace": [
        EVERYTHING,
        And((where("status", "=", "ok"), where("tags", "contains", "x"))),
        Or((where("error_type", "=", "E"), where("thread_id", "=", "t1"))),
        And((where("total_estimated_cost", ">", "0.05"), Not(where("model", "=", "m1")))),
        where("feedback_scores", ">", "0.5", key="good"),
    ],
    "span": [
        EVERYTHING,
        And((where("model", "!=", "m1"), where("usage.total_tokens", ">", "20"))),
    ],
    "thread": [
        EVERYTHING,
        And((where("total_estimated_cost", ">", "0.1"), where("first_message", "contains", "n 3"))),
    ],
}
DRAWN = {
    "trace": [
        (Drawn(kind="percentiles", columns=("duration",), levels=(0.5, 0.9)), "status"),
        (Drawn(kind="sum", columns=("total_estimated_cost",)), "model"),
        (Drawn(kind="sum", columns=("usage.total_tokens",)), "tags"),
    ],
    "span": [(Drawn(kind="errors"), "type")],
    "thread": [(Drawn(kind="average", columns=("duration",)), "")],
}


class Project(Kept):
    """Traces, spans and threads of four hours, sent in parts and out of order."""

    works = ("rested_us",)

    async def fill(self) -> None:
        rng = random.Random(11)
        self.traces: list[Id] = []
        self.spans: list[Id] = []
        first: list[TraceWrite] = []
        later: list[TraceWrite] = []
        spans: list[SpanWrite] = []
        for n in range(160):
            start = MONDAY + n * 4 * HOUR // 160
            # Some ids tell another hour than the start, some no time at all.
            told = 1_000_000 if n % 40 == 7 else start - (2 * HOUR if n % 31 == 3 else 0)
            id = (told // 1000).to_bytes(6, "big") + b"\x70\x00\x80" + n.to_bytes(7, "big")
            self.traces.append(id)
            given: dict[str, Any] = {"id": id, "project_id": self.world.project}
            first.append(
                TraceWrite(
                    **given, version_us=start, start_time_us=start, input=f'"in {n}"',
                    name=rng.choice(["a", "ab", "c"]), thread_id=f"t{n % 9}" if n % 3 else None,
                    tags=["x"] if n % 4 == 0 else None,
                )
            )  # fmt: skip
            if n % 5:
                later.append(
                    TraceWrite(
                        **given, version_us=start + 9, end_time_us=start + rng.randrange(400_000),
                        name="z" if n % 10 == 1 else None,
                        error_info='{"exception_type":"E"}' if n % 7 == 0 else None,
                    )
                )  # fmt: skip
            for k in range(n % 4):
                span = SpanWrite(
                    id=id[:6] + b"\x71\x00\x80" + (n * 10 + k).to_bytes(7, "big"), trace_id=id,
                    project_id=self.world.project, version_us=start, start_time_us=start + k,
                    end_time_us=start + k + rng.randrange(900_000), name=rng.choice(["a", "b"]),
                    type="llm" if k % 2 else "tool", model=f"m{k}" if k % 2 else None,
                    provider="p" if k == 1 else None, input='"long"',
                    usage={"total_tokens": n + k, "prompt_tokens": n} if k % 2 else None,
                    total_estimated_cost=None if k == 0 else Decimal(n) / 1000,
                    error_info='{"exception_type":"F"}' if n % 13 == 0 else None,
                )  # fmt: skip
                self.spans.append(span.id)
                spans.append(span)
        ingest, who = self.world.ingest, self.world.who
        await ingest.write_traces(who, later)
        await ingest.write_spans(who, spans[::2])
        await ingest.write_traces(who, first)
        await ingest.write_spans(who, spans[1::2] + spans[::5])
        for n in (3, 20, 60):
            await self.world.score("trace", self.traces[n].hex(), "good", n / 50)

    async def same(self, monkeypatch: pytest.MonkeyPatch, *, brief: bool = False) -> None:
        """Assert that all answers are those of merging all rows."""
        with monkeypatch.context() as patch:
            patch.setattr(rollups, "WORTH", 1 << 60)
            patch.setattr(candidates, "MOST", -1)
            plain = await self._answers(brief)
            patch.setattr(candidates, "FEW_ROWS", 0)
            for entity in ("trace", "span"):
                scope = await resting.looked_up(self.world.analytics, entity, self.scope)
                assert scope.resting is not None
            at_rest = await self._answers(brief)
        for question, answer in plain.items():
            assert at_rest[question] == answer, question

    async def _answers(self, brief: bool) -> dict[tuple[Any, ...], Any]:
        analytics = self.world.analytics
        found: dict[tuple[Any, ...], Any] = {}
        within = msgspec.structs.replace(
            self.scope, from_us=MONDAY + 50 * MINUTE, to_us=MONDAY + 3 * HOUR
        )
        for entity, filters in FILTERS.items():
            for filter in filters[: 1 if brief else None]:
                for scope in (self.scope, within):
                    scope = msgspec.structs.replace(scope, filter=filter)
                    found[entity, scope] = await slice_figures.figures(
                        analytics, entity, scope, LIFECYCLE
                    )
        plain = self.scope
        found["traces"] = await stats.stats(analytics, "trace", plain)
        found["spans"] = await stats.stats(analytics, "span", plain)
        found["threads"] = await thread_stats.stats(analytics, plain, LIFECYCLE)
        buckets = Buckets(MONDAY, HOUR)
        for entity, lines in () if brief else DRAWN.items():
            for drawn, by in lines:
                ask = (analytics, entity, plain, drawn, buckets, LIFECYCLE)
                points = await series.series(*ask, by=by, top=2)
                found[entity, drawn, by] = sorted(points)
        return found


async def test_rows_at_rest_say_what_all_rows_say(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Project) as project:
        await project.fill()
        assert await project.rest() >= 4
        await project.same(monkeypatch)
        # What comes later counts at once.
        place = project.world.project
        late = [
            TraceWrite(id=project.traces[100], version_us=MONDAY * 2, project_id=place, name="b"),
            TraceWrite(id=project.traces[50], version_us=MONDAY * 2, project_id=place,
                       thread_id="new", error_info='{"exception_type":"G"}'),
        ]  # fmt: skip
        await project.world.ingest.write_traces(project.world.who, late)
        await project.same(monkeypatch, brief=True)
        # Of what is put down twice, what was put down first holds no more.
        assert await project.rest() >= 1
        await project.same(monkeypatch, brief=True)


async def test_what_is_deleted_is_in_no_copy(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Project) as project:

        async def copied() -> set[Id]:
            found: set[Id] = set()
            for table in ("resting_traces", "resting_spans"):
                rows = await analytics.query(
                    f"SELECT id FROM {table} WHERE workspace_id = {id_literal(workspace)}"
                )
                found |= {bytes(id) for (id,) in rows}
            return found

        await project.fill()
        # Large hours are put down in slices.
        monkeypatch.setattr(unit_slices, "_ROWS", 40)
        await project.rest()
        workspace = project.world.workspace_id
        written = {*project.traces, *project.spans}
        # What has an id that tells no time is read as it is.
        assert await copied() == {id for id in written if id > bytes([1])}
        deletion = Deletion(analytics, NoAttachments(), project.clock)
        await deletion.delete_traces(workspace, project.traces[20:40])
        await deletion.delete_spans(workspace, project.spans[-9:])
        await project.same(monkeypatch, brief=True)
        gone = {*project.traces[20:40], *project.spans[-9:]}
        assert not await copied() & gone
        assert await project.rest() >= 1
        await project.same(monkeypatch, brief=True)
        where = f"FROM resting_traces WHERE workspace_id = {id_literal(workspace)}"
        count = f"SELECT count() = uniqExact(id) {where}"
        assert await analytics.query(count) == [(0,)]
        # What holds no more goes in the end, and nothing else.
        await resting.clear(analytics, project.clock.now_us() + 2 * HOUR)
        assert await analytics.query(count) == [(1,)]
        await project.same(monkeypatch, brief=True)
        await deletion.delete_projects(workspace, [project.world.project])
        assert await copied() == set()
