"""The least and the most of numbers: hours are passed over in which nobody has such a number."""

import math
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sightline.core.ids import Id, new_id
from sightline.domain.filter import And, Condition, Filter, Not, Operator, Or
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.services.workspace.deletion import Deletion
from sightline.stores.analytics import likely_hours, pages, rollup_units, unit_slices
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.likely_hours import narrowed
from tests.stores.figures_world import HOUR, MONDAY, Kept, NoAttachments, kept_world

HOURS = 8
ALL = set(range(HOURS))
ENTITIES: tuple[Entity, ...] = ("trace", "span")
ORDERS: tuple[Operator, ...] = (">", ">=", "<", "<=", "=")


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Narrow also where all is read in a moment."""
    monkeypatch.setattr(likely_hours, "_ROWS", 1)
    monkeypatch.setattr(likely_hours, "_OF_ROWS", 2)


class Numbers(Kept):
    """A project with a trace an hour; that of hour n has two spans which cost n and a half each."""

    ids: list[Id]

    async def fill(self) -> None:
        self.ids = [id_at(MONDAY + n * HOUR, n) for n in range(HOURS)]
        await self.write(
            *(self.trace(n, ttft_ms=n * 10.0) for n in range(HOURS)),
            *(
                self.span(n, k, usage={"total_tokens": n * 100, "images": k}, ttft_ms=n * 10.0)
                for n in range(HOURS)
                for k in range(2)
            ),
        )

    def trace(self, n: int, **more: Any) -> TraceWrite:
        start = MONDAY + n * HOUR
        return TraceWrite(
            id=self.ids[n], version_us=self.clock.now_us(), project_id=self.world.project,
            start_time_us=start, end_time_us=start + n * 1_000_000, **more,
        )  # fmt: skip

    def span(self, n: int, k: int, cost: str | None = None, **more: Any) -> SpanWrite:
        start = MONDAY + n * HOUR
        place = more.pop("project_id", self.world.project)
        return SpanWrite(
            id=id_at(start, 1_000 + k), trace_id=self.ids[n], version_us=self.clock.now_us(),
            project_id=place, start_time_us=start, end_time_us=start + n * 500_000,
            type="llm" if k == 0 else "tool",
            total_estimated_cost=Decimal(cost or f"{n}.5"), **more,
        )  # fmt: skip

    async def write(self, *writes: TraceWrite | SpanWrite) -> None:
        ingest, who = self.world.ingest, self.world.who
        await ingest.write_traces(who, [w for w in writes if isinstance(w, TraceWrite)])
        await ingest.write_spans(who, [w for w in writes if isinstance(w, SpanWrite)])

    async def found(self, entity: Entity, filter: Filter) -> tuple[set[int], set[int] | None]:
        """Return the hours of what a filter finds, the same as without bounds, and the hours that
        it reads; None for all."""
        scope = msgspec.structs.replace(self.scope, filter=filter)
        near = await narrowed(self.world.analytics, entity, scope)
        both = []
        for asked in (scope, near):
            keys = await pages.find(
                self.world.analytics, entity, asked, limit=500, now_us=self.clock.now_us()
            )
            both.append({(key.trace_id, key.id) for key in keys})
            assert len(keys) == await pages.count(self.world.analytics, entity, asked)
        assert both[0] == both[1], (entity, filter)
        hours = {n for n, id in enumerate(self.ids) if id in {trace for trace, _ in both[1]}}
        if near.within is None:
            return hours, None
        return hours, {
            n for n, id in enumerate(self.ids) if any(a <= id <= b for _, a, b in near.within)
        }


def id_at(at_us: int, n: int) -> Id:
    return (at_us // 1000).to_bytes(6, "big") + b"\x70\x00\x80" + n.to_bytes(7, "big")


def has(field: str, operator: Operator, value: object) -> Condition:
    return Condition(field=field, operator=operator, value=str(value))


@asynccontextmanager
async def numbers_of(analytics: Analytics, tmp_path: Path) -> AsyncIterator[Numbers]:
    async with kept_world(analytics, tmp_path, Numbers) as numbers:
        await numbers.fill()
        await numbers.rest()
        yield numbers


FOUND: list[tuple[Entity, Filter, set[int]]] = [
    ("trace", has("total_estimated_cost", ">", 900), set()),
    ("trace", has("total_estimated_cost", ">", "15.001"), set()),
    ("trace", has("total_estimated_cost", ">=", 15), {7}),
    ("trace", has("total_estimated_cost", "=", 9), {4}),
    ("trace", has("total_estimated_cost", "<", "2.9"), {0}),
    ("trace", has("total_estimated_cost", "<=", 3), {0, 1}),
    ("span", has("total_estimated_cost", ">", 6), {6, 7}),
    ("span", has("total_estimated_cost", "=", "7.5"), {7}),
    ("span", has("total_estimated_cost", "<=", "0.5"), {0}),
    ("trace", has("duration", ">=", 7_000), {7}),
    ("span", has("duration", ">", 3_400), {7}),
    ("trace", has("ttft", "=", 20), {2}),
    ("span", has("ttft", ">", 1e6), set()),
    ("trace", has("usage.total_tokens", ">", 1_300), {7}),
    ("span", has("usage.total_tokens", ">", 601), {7}),
    ("span", has("usage.total_tokens", "=", 650), set()),
    ("trace", has("usage.images", ">", 2), set()),
    ("trace", has("usage.nobody's \\ {key}", ">", 0), set()),
    ("trace", has("span_count", ">", 2.5), set()),
    ("trace", has("span_count", "<", 1.5), set()),
    ("trace", has("llm_span_count", ">=", 2), set()),
    ("trace", has("end_time", "<", MONDAY + 2 * HOUR), {0, 1}),
    ("span", has("end_time", ">=", MONDAY + 7 * HOUR), {7}),
    ("trace", has("start_time", "=", MONDAY + 3 * HOUR), {3}),
    ("trace", has("created_at", "<", "2020-01-01"), set()),
    ("span", has("last_updated_at", "<", "2020-01-01"), set()),
    (
        "trace",
        And((has("total_estimated_cost", ">", 6), has("usage.total_tokens", "<", 999))),
        {3, 4},
    ),
    ("trace", Or((has("duration", "<", 999), has("ttft", ">", 69))), {0, 7}),
    ("span", And((has("duration", "<", 999), has("type", "=", "llm"))), {0, 1}),
]


async def test_hours_are_passed_over_in_which_nobody_has_such_a_number(
    analytics: Analytics, tmp_path: Path
) -> None:
    async with numbers_of(analytics, tmp_path) as numbers:
        for entity, filter, hours in FOUND:
            assert await numbers.found(entity, filter) == (hours, hours), (entity, filter)


async def test_of_what_numbers_cannot_tell_all_is_read(
    analytics: Analytics, tmp_path: Path
) -> None:
    much = has("total_estimated_cost", ">", 900)
    async with numbers_of(analytics, tmp_path) as numbers:
        for filter, hours in (
            (Not(much), ALL),
            (Or((much, has("name", "=", ""))), ALL),
            (has("total_estimated_cost", "!=", 1), ALL - {0}),
            (has("total_estimated_cost", "is_empty", ""), set()),
            # What most hours have.
            (has("duration", ">", 1_500), ALL - {0, 1}),
        ):
            assert await numbers.found("trace", filter) == (hours, None), filter


async def test_a_number_and_a_text_must_be_in_the_same_hour(
    analytics: Analytics, tmp_path: Path
) -> None:
    kestrel = has("input", "contains", "kestrel")
    async with numbers_of(analytics, tmp_path) as numbers:
        await numbers.write(*(numbers.trace(n, input='"a kestrel"') for n in (2, 6)))
        await numbers.rest()
        for filter, found, read in (
            (And((kestrel, has("duration", ">", 4_500))), {6}, {6}),
            (And((kestrel, has("duration", ">", 6_500))), set(), set()),
            (And((kestrel, has("duration", ">", 500))), {2, 6}, {2, 6}),
            (Or((kestrel, has("duration", ">", 6_500))), {2, 6, 7}, {2, 6, 7}),
        ):
            assert await numbers.found("trace", filter) == (found, read), filter


async def test_what_is_written_or_deleted_later_counts_at_once(
    analytics: Analytics, tmp_path: Path
) -> None:
    much, none = has("total_estimated_cost", ">", 900), has("span_count", "=", 0)
    async with numbers_of(analytics, tmp_path) as numbers:
        await numbers.write(numbers.span(2, 7, cost="901"))
        assert await numbers.found("trace", much) == ({2}, {2})
        assert await numbers.found("span", much) == ({2}, {2})
        await numbers.rest()
        assert await numbers.found("trace", much) == ({2}, {2})
        deletion = Deletion(analytics, NoAttachments(), numbers.clock)
        await deletion.delete_traces(numbers.world.workspace_id, [numbers.ids[5]])
        assert await numbers.found("trace", has("duration", "=", 5_000)) == (set(), {5})
        await numbers.rest()
        assert await numbers.found("trace", has("duration", "=", 5_000)) == (set(), set())
        numbers.ids.append(id_at(MONDAY + HOURS * HOUR, 1))
        await numbers.write(numbers.trace(HOURS))
        assert await numbers.found("trace", none) == ({HOURS}, {HOURS})
        await numbers.rest()
        assert await numbers.found("trace", none) == ({HOURS}, {HOURS})


@pytest.mark.parametrize("is_first", [True, False], ids=["before", "after"])
async def test_spans_in_another_project_count_with_their_trace(
    analytics: Analytics, tmp_path: Path, is_first: bool
) -> None:
    much = has("total_estimated_cost", ">", 900)
    async with kept_world(analytics, tmp_path, Numbers) as numbers:
        await numbers.fill()
        if not is_first:
            await numbers.rest()
            assert await numbers.found("trace", much) == (set(), set())
        other = new_id()
        await numbers.write(numbers.span(3, 7, cost="901", project_id=other))
        assert (await numbers.found("trace", much))[0] == {3}
        await numbers.rest()
        assert await numbers.found("trace", much) == ({3}, {3})
        # Of what a span or a trace says itself there is no doubt.
        assert await numbers.found("span", much) == (set(), set())
        assert await numbers.found("trace", has("duration", ">", 9e9)) == (set(), set())


async def test_a_trace_that_comes_after_its_spans_in_another_project(
    analytics: Analytics, tmp_path: Path
) -> None:
    much = has("total_estimated_cost", ">", 900)
    async with numbers_of(analytics, tmp_path) as numbers:
        numbers.ids.append(id_at(MONDAY + 2 * HOUR, 99))
        span = msgspec.structs.replace(
            numbers.span(2, 7, cost="901", project_id=new_id()), trace_id=numbers.ids[-1]
        )
        await numbers.write(span)
        await numbers.rest()
        trace = msgspec.structs.replace(numbers.trace(2), id=numbers.ids[-1])
        await numbers.write(trace)
        assert (await numbers.found("trace", much))[0] == {HOURS}
        await numbers.rest()
        assert await numbers.found("trace", much) == ({HOURS}, {2, HOURS})


async def test_a_large_hour_is_put_down_in_slices(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_slices, "_ROWS", 10)
    async with numbers_of(analytics, tmp_path) as numbers:
        start = MONDAY + 20 * HOUR
        first = len(numbers.ids)
        numbers.ids += [id_at(start + n * HOUR // 40, n) for n in range(40)]
        await numbers.write(
            *(
                TraceWrite(
                    id=id, version_us=1, project_id=numbers.world.project, start_time_us=start,
                    ttft_ms=1_000.0 + n,
                )
                for n, id in enumerate(numbers.ids[first:])
            )
        )  # fmt: skip
        await numbers.rest()
        found, read = await numbers.found("trace", has("ttft", "=", 1_015))
        assert found == {first + 15}
        assert read == {first + n for n in range(10, 20)}


async def test_whatever_numbers_there_are_nothing_is_left_out(
    analytics: Analytics, tmp_path: Path
) -> None:
    rng = random.Random(11)
    costs = ["0", "0.000000000001", "0.1", "0.2", "-0.3", "123456.789", "999999.999999999999"]
    counts = [0, 1, 7, -5, 2**53 + 1, 2**62, 2**63 - 1, -(2**63) + 1]
    times = [0.0, 0.1, 1 / 3, 1e-13, 5e-13, 1e15, 1e297, math.inf, -math.inf, math.nan, -2.5]
    async with kept_world(analytics, tmp_path, Numbers) as numbers:
        numbers.ids = [id_at(MONDAY + n * HOUR // 3, n) for n in range(40)]
        traces, spans = [], []
        for n, id in enumerate(numbers.ids):
            start = MONDAY + n * HOUR // 3
            end = rng.choice([None, start, start + 1, start + rng.randrange(10**9), start - 5])
            traces.append(
                TraceWrite(
                    id=id, version_us=n, project_id=numbers.world.project, end_time_us=end,
                    start_time_us=start, ttft_ms=rng.choice([None, *times]),
                )
            )  # fmt: skip
            for k in range(rng.choice([0, 1, 1, 2, 5])):
                usage = {
                    key: rng.choice(counts)
                    for key in ("total_tokens", "a.b", "é")
                    if rng.random() < 0.6
                }
                cost = rng.choice([None, *costs])
                spans.append(
                    SpanWrite(
                        id=id_at(start, 100 + k), trace_id=id, version_us=n, usage=usage or None,
                        project_id=numbers.world.project, start_time_us=start,
                        ttft_ms=rng.choice([None, *times]), type=rng.choice(["llm", "tool"]),
                        total_estimated_cost=None if cost is None else Decimal(cost),
                    )
                )  # fmt: skip
        await numbers.write(*traces, *spans)
        # Rows that are not merged yet, and say something else.
        again = rng.sample(spans, 9)
        await numbers.write(
            *(
                msgspec.structs.replace(s, version_us=99, total_estimated_cost=Decimal("0.7"))
                for s in again
            )
        )
        await numbers.rest()
        fields: dict[str, list[Any]] = {
            "total_estimated_cost": [*costs, "0.3", "0.30000000000000004", "1e300"],
            "duration": [0, 0.001, -0.005, 5e5, 1e6],
            "start_time": [MONDAY + n for n in (0, 1, HOUR // 3, HOUR // 3 + 1, 9 * HOUR)],
            "end_time": [MONDAY + n for n in (-5, 0, 1, HOUR // 3 - 5, 9 * HOUR)],
            "ttft": [t for t in times if math.isfinite(t)] + ["1e-12", "1.7e308", "1e296"],
            "usage.total_tokens": [*counts, 2**53, "9.3e18"],
            "usage.a.b": counts,
            "usage.é": counts,
        }
        of_traces: dict[str, list[Any]] = {
            "span_count": [0, 1, 2.5, 5],
            "llm_span_count": [0, 1, 2],
        }
        narrow = 0
        for entity in ENTITIES:
            for field, values in (fields | (of_traces if entity == "trace" else {})).items():
                for operator in ORDERS:
                    value = rng.choice(values)
                    _, read = await numbers.found(entity, has(field, operator, value))
                    narrow += read is not None
        assert narrow > 20


async def test_before_hours_have_been_looked_at_all_is_read(
    analytics: Analytics, tmp_path: Path
) -> None:
    async with kept_world(analytics, tmp_path, Numbers) as numbers:
        await numbers.fill()
        much = has("duration", ">", 6_500)
        assert await numbers.found("trace", much) == ({7}, None)
        await numbers.rest()
        assert await numbers.found("trace", much) == ({7}, {7})
        units = await rollup_units.of_projects(
            analytics, numbers.world.workspace_id, [numbers.world.project]
        )
        await rollup_units.mark(analytics, units, numbers.clock.now_us())
        assert await numbers.found("trace", much) == ({7}, None)
