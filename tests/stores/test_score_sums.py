"""Averages of scores from whole hours: the same as those of the rows, whatever comes or goes."""

import random
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from sightline.core.ids import Id, format_id, new_id
from sightline.domain.writes import ScoreWrite, SpanWrite, TraceWrite
from sightline.services.ingest import scored
from sightline.services.ingest.annotations import Annotations
from sightline.services.rollups import Rollups
from sightline.services.workspace.deletion import Deletion
from sightline.stores.analytics import rollup_units, rollups, stats, unit_slices
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.row_binary import SCORE_COLUMNS, encode_score
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import id_literal
from sightline.stores.catalog.engine import Catalog
from tests.outside import sqlite_with_tables
from tests.stores.figures_world import HOUR, MONDAY, Kept, NoAttachments, kept_world
from tests.stores.test_rollups import MINUTE, trace_id

ENTITIES = ("trace", "span")


class Scored(Kept):
    """A project of six hours whose traces and spans have scores."""

    works = ("computed_us", "scored_us")
    traces: list[Id]
    spans: list[Id]

    async def fill(self) -> None:
        rng = random.Random(7)
        self.traces, self.spans = [], []
        traces, spans, scores = [], [], []
        for n in range(120):
            start = MONDAY + n * 6 * HOUR // 120 + rng.randrange(MINUTE)
            # Some ids tell another hour than the start, some no time at all.
            told = 1_000_000 if n % 40 == 7 else start - (2 * HOUR if n % 31 == 3 else 0)
            id = trace_id(told, n)
            self.traces.append(id)
            source = "experiment" if n % 13 == 0 else "sdk"
            traces.append(self.trace(id, start, source=source))
            if n % 3 == 0:
                scores += [self.of("trace", id, "q", rng, by) for by in ("ann", "bob")[: 1 + n % 2]]
            if n % 5 == 0:
                scores.append(self.of("trace", id, "Tone", rng))
            for k in range(n % 4):
                span = trace_id(start + k, 1000 * k + n)
                self.spans.append(span)
                type_ = "llm" if k % 2 else "tool"
                spans.append(self.span(span, id, start + k * HOUR // 2, type=type_))
                if n % 2 == 0:
                    names = ("q", "fit")[: 1 + k % 2]
                    scores += [self.of("span", span, name, rng) for name in names]
                    scores.append(self.of("span", span, "q", rng, "bob"))
        # Of what never comes.
        scores += [self.of(entity, new_id(), "q", rng) for entity in ENTITIES]
        await self.write(*traces, *spans, *scores)

    def trace(self, id: Id, start_us: int, project: Id | None = None, **more: str) -> TraceWrite:
        return TraceWrite(
            id=id, version_us=self.clock.now_us(), project_id=project or self.world.project,
            start_time_us=start_us, **more,
        )  # fmt: skip

    def span(
        self, id: Id, trace: Id, start_us: int, project: Id | None = None, type: str = "llm"
    ) -> SpanWrite:
        return SpanWrite(
            id=id, trace_id=trace, version_us=self.clock.now_us(), start_time_us=start_us,
            project_id=project or self.world.project, type=type,
        )  # fmt: skip

    def of(
        self, entity: str, id: Id, name: str, value: random.Random | str, author: str = "ann"
    ) -> ScoreWrite:
        number = value if isinstance(value, str) else str(value.randrange(100) / 8)
        return ScoreWrite(
            entity_type=entity, entity_id=format_id(id), name=name, value=Decimal(number),
            version_us=self.clock.now_us(), author=author, project_id=self.world.project,
        )  # fmt: skip

    async def write(self, *writes: TraceWrite | SpanWrite | ScoreWrite) -> None:
        """Store traces, then spans, then scores."""
        ingest, who = self.world.ingest, self.world.who
        await ingest.write_traces(who, [w for w in writes if isinstance(w, TraceWrite)])
        await ingest.write_spans(who, [w for w in writes if isinstance(w, SpanWrite)])
        await ingest.write_scores(who, [w for w in writes if isinstance(w, ScoreWrite)])

    @property
    def annotations(self) -> Annotations:
        return Annotations(self.world.ingest, self.world.analytics, self.clock)

    @property
    def deletion(self) -> Deletion:
        return Deletion(self.world.analytics, NoAttachments(), self.clock)

    async def due(self) -> dict[str, int]:
        """Return of how many hours what is to be done anew."""
        self.clock.advance(300)
        found = {}
        for done in ("computed_us", "scored_us"):
            units = await rollup_units.due(
                self.world.analytics, self.clock.now_us(), 100, done, self.world.workspace_id
            )
            found[done] = len(units)
        return found

    async def same(self, patch: pytest.MonkeyPatch) -> None:
        """Assert that averages of hours are those of rows, over several times and kinds."""
        some = msgspec.structs.replace(
            self.scope, from_us=MONDAY + 90 * MINUTE, to_us=MONDAY + 5 * HOUR + 7
        )
        for entity, scope in (
            ("trace", self.scope),
            ("span", self.scope),
            ("trace", some),
            ("trace", msgspec.structs.replace(some, hidden_sources=("experiment",))),
            ("span", msgspec.structs.replace(some, span_type="llm")),
        ):
            summed = await self.averages(entity, scope, patch, 0)
            plain = await self.averages(entity, scope, patch, 1 << 60)
            assert summed[0] == pytest.approx(plain[0]), (entity, scope)
            assert summed[1] == pytest.approx(plain[1]), (entity, scope)

    async def averages(
        self, entity: str, scope: Scope, patch: pytest.MonkeyPatch, worth: int = 0
    ) -> tuple[dict[str, float], dict[str, float]]:
        with patch.context() as patched:
            patched.setattr(rollups, "WORTH", worth)
            found = await stats.stats(self.world.analytics, entity, scope)
        return found.average_scores, found.average_span_scores


async def scored_world(scored: Scored) -> None:
    await scored.fill()
    assert await scored.rest() >= 6


async def test_hours_say_of_scores_what_the_rows_say(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Scored) as world:
        await scored_world(world)
        sums = await analytics.query(
            "SELECT entity, of_spans, sum(count) FROM score_sums WHERE "
            f"workspace_id = {id_literal(world.world.workspace_id)} "
            "GROUP BY entity, of_spans ORDER BY entity, of_spans"
        )
        assert [row[:2] for row in sums] == [("span", 0), ("trace", 0), ("trace", 1)]
        await world.same(monkeypatch)
        assert await world.rest() == 0


async def test_a_large_hour_has_its_scores_in_slices(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Scored) as world:
        await world.fill()
        monkeypatch.setattr(unit_slices, "_ROWS", 15)
        await world.rest()
        rows = await analytics.query(
            "SELECT max(slice) FROM score_sums "
            f"WHERE workspace_id = {id_literal(world.world.workspace_id)}"
        )
        assert rows[0][0] > 0
        await world.same(monkeypatch)


async def test_scores_that_come_later_change_nothing_but_the_averages(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Scored) as world:
        await scored_world(world)
        before = await world.averages("trace", world.scope, monkeypatch)
        who, rng = world.world.who, random.Random(1)
        # By another door each: a first score, one of another author, one that is given anew.
        await world.annotations.write_scores(who, [world.of("trace", world.traces[61], "q", "99")])
        await world.write(world.of("span", world.spans[40], "q", "77", "eve"))
        await world.write(world.of("trace", world.traces[60], "Tone", rng))
        await world.same(monkeypatch)
        assert await world.averages("trace", world.scope, monkeypatch) != before
        assert await world.due() == {"computed_us": 0, "scored_us": 2}
        assert await world.rest() == 2
        await world.same(monkeypatch)


async def test_scores_that_are_taken_away_count_no_longer(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Scored) as world:
        await scored_world(world)
        who = world.world.who
        await world.annotations.delete_scores(
            who, "trace", format_id(world.traces[0]), ["q"], author=None
        )
        await world.annotations.delete_scores(
            who, "span", format_id(world.spans[-1]), ["q"], author="bob"
        )
        await world.same(monkeypatch)
        assert (await world.due())["computed_us"] == 0
        assert await world.rest() >= 1
        await world.same(monkeypatch)


async def test_scores_before_what_they_are_about_count_when_it_comes(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Scored) as world:
        await scored_world(world)
        start = MONDAY + 3 * HOUR + 5 * MINUTE
        trace, span = trace_id(start, 900), trace_id(start, 901)
        await world.write(world.of("trace", trace, "q", "50"), world.of("span", span, "q", "60"))
        assert await world.due() == {"computed_us": 0, "scored_us": 0}
        await world.write(world.trace(trace, start), world.span(span, trace, start))
        await world.same(monkeypatch)
        await world.rest()
        await world.same(monkeypatch)
        scope = msgspec.structs.replace(world.scope, from_us=start, to_us=start + 1)
        for entity in ENTITIES:
            own, of_spans = await world.averages(entity, scope, monkeypatch)
            assert own == {"q": 50.0 if entity == "trace" else 60.0}
            assert of_spans == ({"q": 60.0} if entity == "trace" else {})


async def test_what_came_while_its_score_was_on_its_way_is_added_up_anew(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Scored) as world:
        await scored_world(world)
        start = MONDAY + 3 * HOUR
        span = trace_id(start, 902)
        writes = [world.of("span", span, "q", "70")]
        places = await scored.places(analytics, world.world.workspace_id, writes)
        await world.write(world.span(span, world.traces[60], start))
        await world.rest()
        await world.world.ingest.write_scores(world.world.who, writes, places)
        await world.same(monkeypatch)
        await world.rest()
        await world.same(monkeypatch)


async def test_scores_of_what_is_deleted_do_not_count(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Scored) as world:
        await scored_world(world)
        workspace = world.world.workspace_id
        await world.deletion.delete_spans(workspace, world.spans[30:60])
        await world.deletion.delete_traces(workspace, world.traces[10:30])
        await world.same(monkeypatch)
        # One that was under way.
        await world.write(world.of("span", world.spans[30], "q", "99"))
        await world.same(monkeypatch)
        await world.rest()
        await world.same(monkeypatch)
        await world.deletion.delete_projects(workspace, [world.world.project])
        assert await world.averages("trace", world.scope, monkeypatch) == ({}, {})


async def test_an_id_in_two_projects_counts_in_both(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Scored) as world:
        await scored_world(world)
        other, trace, span = new_id(), world.traces[60], trace_id(MONDAY, 903)
        scope = msgspec.structs.replace(world.scope, project_ids=(other,))
        start = MONDAY + HOUR
        await world.write(world.trace(trace, start, other), world.span(span, trace, start, other))
        await world.write(world.of("span", span, "q", "3"))
        await world.rest()
        await world.write(world.of("trace", trace, "q", "5"))
        await world.rest()
        for worth in (0, 1 << 60):
            own, of_spans = await world.averages("trace", scope, monkeypatch, worth)
            assert (own["q"], of_spans) == (5.0, {"q": 3.0}), worth
            assert (await world.averages("span", scope, monkeypatch, worth))[0] == {"q": 3.0}


async def test_scores_that_nothing_marked_are_found_once(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Scored) as world:
        await world.fill()
        # As a version stored them that added up no scores.
        write = world.of("span", world.spans[0], "old", "4")
        row = encode_score(write, world.world.workspace_id, world.clock.now_us())
        await analytics.insert("feedback_scores", SCORE_COLUMNS, row)
        await world.rest()
        await world.same(monkeypatch)
        assert (await world.averages("span", world.scope, monkeypatch))[0]["old"] == 4.0


async def test_beside_processes_that_mark_no_scores_none_are_added_up(
    analytics: Analytics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with kept_world(analytics, tmp_path, Scored) as world:
        await world.fill()
        folder = tmp_path / "started"
        folder.mkdir()
        catalog = Catalog.open(sqlite_with_tables(folder))
        world.keeper = Rollups(analytics, catalog, world.clock)
        world.keeper.start()
        await world.keeper.stop()
        await world.rest()
        due = await world.due()
        assert due["computed_us"] == 0
        assert (due["scored_us"] == 0) == analytics.is_embedded
        await world.same(monkeypatch)
        world.clock.advance(3600)
        await world.rest()
        assert (await world.due())["scored_us"] == 0
        await world.same(monkeypatch)
        catalog.close()
