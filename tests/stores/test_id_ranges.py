"""Ranges of ids as conditions: rows in them are found, whole, and no others."""

import random

import pytest

from sightline.core.ids import Id, new_id
from sightline.domain.writes import SpanWrite, TraceWrite
from sightline.stores.analytics import relation
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import in_ranges, made_in
from sightline.stores.analytics.rollup_units import WILD, ends
from sightline.stores.analytics.sql import id_literal
from sightline.stores.analytics.whereabouts import Range, coarser
from tests.stores.figures_world import MONDAY, World, world

HOUR_MS = 3_600_000
MONDAY_MS = MONDAY // 1000
LATEST_MS = (1 << 48) - 1


def id_at(ms: int, n: int) -> Id:
    return ms.to_bytes(6, "big") + b"\x70\x00\x80" + n.to_bytes(7, "big")


def hour(n: int) -> tuple[Id, Id]:
    ((first, last),) = ends(MONDAY_MS // HOUR_MS + n)
    return first, last


async def fill(w: World, projects: list[Id], rng: random.Random) -> list[tuple[Id, Id]]:
    """Write a trace and its span at the ends of hours and anywhere, some of them twice."""
    found: list[tuple[Id, Id]] = []
    for n in range(240):
        base = MONDAY_MS + rng.randrange(60) * HOUR_MS
        ms = rng.choice([base, base - 1, base + rng.randrange(HOUR_MS), n, LATEST_MS - n])
        found.append((rng.choice(projects), id_at(ms, n)))
    for version, some in ((1, found), (2, found[::3])):
        await w.ingest.write_traces(
            w.who,
            [
                TraceWrite(
                    id=id, project_id=project, version_us=version, start_time_us=MONDAY,
                    name=f"v{version}",
                )
                for project, id in some
            ],
        )  # fmt: skip
        await w.ingest.write_spans(
            w.who,
            [
                SpanWrite(
                    id=id, trace_id=id, project_id=project, version_us=version,
                    start_time_us=MONDAY, name=f"v{version}",
                )
                for project, id in some
            ],
        )  # fmt: skip
    return found


def some_ranges(projects: list[Id], rng: random.Random) -> list[Range]:
    found: list[Range] = []
    for project in rng.sample(projects, rng.randrange(len(projects)) + 1):
        for _ in range(rng.choice([1, 3, 30])):
            n = rng.randrange(60)
            found.append((project, *hour(n)))
            first = MONDAY_MS + rng.randrange(60 * HOUR_MS)
            last = first + rng.choice([0, 1, 999, 2 * HOUR_MS])
            found.append((project, id_at(first, 0)[:6] + bytes(10), id_at(last, 0)))
        if rng.random() < 0.3:
            found += [(project, *part) for part in ends(WILD)]
    return found


def holds(ranges: list[Range], project: Id | None, id: Id) -> bool:
    return any(
        project in {None, place} and first[:6] <= id[:6] <= last[:6]
        for place, first, last in ranges
    )


@pytest.mark.parametrize("hints", [0, 2, 5, 64], ids=["no index", "two", "five", "all"])
async def test_what_is_in_a_range_is_found_and_whole(
    analytics: Analytics, monkeypatch: pytest.MonkeyPatch, hints: int
) -> None:
    monkeypatch.setattr(relation, "_MOST_HINTS", hints)
    rng = random.Random(hints)
    async with world(analytics) as w:
        projects = sorted(new_id() for _ in range(4))
        written = await fill(w, projects, rng)
        names = {key: "v2" if n % 3 == 0 else "v1" for n, key in enumerate(written)}
        workspace = f"workspace_id = {id_literal(w.workspace_id)}"
        for _ in range(12):
            ranges = some_ranges(projects, rng)
            for table, column in (("traces", "id"), ("spans", "trace_id")):
                for condition, is_anywhere in (
                    (in_ranges(column, ranges), False),
                    (made_in(column, ranges), True),
                ):
                    rows = await analytics.query(
                        f"SELECT project_id, {column}, name FROM {table} FINAL "
                        f"PREWHERE {workspace} AND {condition}"
                    )
                    assert {(bytes(p), bytes(id)): name for p, id, name in rows} == {
                        (project, id): name
                        for (project, id), name in names.items()
                        if holds(ranges, None if is_anywhere else project, id)
                    }
        for condition in (in_ranges("id", ()), made_in("id", ())):
            assert not await analytics.query(f"SELECT id FROM traces WHERE {condition}")


def test_few_spans_hold_many_with_the_widest_gaps_between() -> None:
    spans = [(0, 1), (3, 4), (90, 91), (95, 95), (300, 310)]
    assert coarser(spans, 9) == spans
    assert coarser(spans, 4) == [(0, 4), (90, 91), (95, 95), (300, 310)]
    assert coarser(spans, 3) == [(0, 4), (90, 95), (300, 310)]
    assert coarser(spans, 2) == [(0, 95), (300, 310)]
    assert coarser(spans, 1) == [(0, 310)]
