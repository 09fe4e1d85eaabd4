"""Names of scores by hour: hours are passed over in which nothing has such a score."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from sightline.core.ids import Id, new_id
from sightline.domain.filter import And, Condition, Filter, Not, Operator, Or
from sightline.stores.analytics import likely_hours, pages
from sightline.stores.analytics.columns import Entity
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.likely_hours import narrowed
from tests.stores.figures_world import HOUR, MONDAY, kept_world
from tests.stores.test_rollups import trace_id
from tests.stores.test_score_sums import Scored

HOURS = 6
OWN, OF_SPANS = "feedback_scores", "span_feedback_scores"


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Narrow also where all is read in a moment."""
    monkeypatch.setattr(likely_hours, "_ROWS", 0)


class Hours(Scored):
    """A trace an hour with a span; scores are given by the tests."""

    works = ("scored_us", "bounded_us")

    async def fill(self) -> None:
        self.traces = [trace_id(MONDAY + n * HOUR, n) for n in range(HOURS)]
        self.spans = [trace_id(MONDAY + n * HOUR, 100 + n) for n in range(HOURS)]
        await self.write(
            *(self.trace(id, MONDAY + n * HOUR) for n, id in enumerate(self.traces)),
            *(self.span(id, self.traces[n], MONDAY + n * HOUR) for n, id in enumerate(self.spans)),
        )

    async def found(self, entity: Entity, filter: Filter) -> tuple[set[int], set[int] | None]:
        """Return the hours of what a filter finds, the same as without narrowing, and the hours
        that are read; None for all."""
        scope = msgspec.structs.replace(self.scope, filter=filter)
        near = await narrowed(self.world.analytics, entity, scope)
        both: list[set[Id]] = []
        for asked in (scope, near):
            keys = await pages.find(
                self.world.analytics, entity, asked, limit=500, now_us=self.clock.now_us()
            )
            both.append({key.trace_id for key in keys})
            assert len(keys) == await pages.count(self.world.analytics, entity, asked)
        assert both[0] == both[1], (entity, filter)
        hours = {n for n, id in enumerate(self.traces) if id in both[1]}
        if near.within is None:
            return hours, None
        read = {
            n for n, id in enumerate(self.traces) if any(a <= id <= b for _, a, b in near.within)
        }
        return hours, read


def has(field: str, operator: Operator = ">", value: object = 0) -> Condition:
    return Condition(field=field, operator=operator, value=str(value))


async def all_found(world: Hours, asked: Sequence[tuple[Entity, Filter, set[int], object]]) -> None:
    for entity, filter, found, read in asked:
        assert await world.found(entity, filter) == (found, read), (entity, filter)


async def test_hours_are_passed_over_in_which_nothing_has_such_a_score(
    analytics: Analytics, tmp_path: Path
) -> None:
    async with kept_world(analytics, tmp_path, Hours) as world:
        await world.fill()
        await world.write(
            world.of("trace", world.traces[1], "Quality", "0.25"),
            world.of("trace", world.traces[2], "quality", "0.75"),
            world.of("trace", world.traces[2], "tone", "1"),
            world.of("span", world.spans[4], "fit", "1"),
        )
        await world.rest()
        few = {1, 2}
        none: set[int] = set()
        await all_found(
            world,
            [
                ("trace", has(f"{OWN}.nosuch"), none, none),
                ("trace", has(f"{OWN}.quality"), few, few),
                ("trace", has(f"{OWN}.QUALITY", ">", 0.5), {2}, few),
                ("trace", has(f"{OWN}.quality", "!=", 0.75), {1}, few),
                ("trace", has(f"{OWN}.quality", "is_not_empty"), few, few),
                ("trace", has(f"{OWN}.fit"), none, none),
                ("trace", has(f"{OF_SPANS}.fit", "=", 1), {4}, {4}),
                ("trace", has(f"{OF_SPANS}.tone"), none, none),
                ("span", has(f"{OWN}.fit"), {4}, {4}),
                ("span", has(f"{OWN}.tone"), none, none),
                ("trace", And((has(f"{OWN}.quality"), has(f"{OWN}.tone"))), {2}, {2}),
                ("trace", And((has(f"{OWN}.tone"), has(f"{OF_SPANS}.fit"))), none, none),
                ("trace", Or((has(f"{OWN}.tone"), has(f"{OF_SPANS}.fit"))), {2, 4}, {2, 4}),
                # What bounds tell of the other side.
                ("trace", Or((has(f"{OWN}.tone"), has("duration"))), {2}, {2}),
                ("trace", And((has(f"{OWN}.tone"), has("duration"))), none, none),
                (
                    "trace",
                    And((has(f"{OWN}.quality"), Or((has(f"{OWN}.tone"), has("duration"))))),
                    {2},
                    {2},
                ),
                # What is said of those without a score.
                ("trace", has(f"{OWN}.tone", "is_empty"), set(range(HOURS)) - {2}, None),
                ("trace", Not(has(f"{OWN}.quality")), set(range(HOURS)) - few, None),
                ("trace", Or((has(f"{OWN}.tone"), has("name", "=", "z"))), {2}, None),
            ],
        )


async def test_a_score_that_is_given_later_counts_at_once(
    analytics: Analytics, tmp_path: Path
) -> None:
    tone, of_spans = has(f"{OWN}.tone"), has(f"{OF_SPANS}.tone")
    async with kept_world(analytics, tmp_path, Hours) as world:
        await world.fill()
        await world.rest()
        assert await world.found("trace", tone) == (set(), set())
        # Of hours that are long at rest.
        world.clock.advance(7 * 86_400)
        await world.write(world.of("trace", world.traces[3], "tone", "1"))
        await world.write(world.of("span", world.spans[5], "tone", "1"))
        for _ in range(2):
            assert (await world.found("trace", tone))[0] == {3}
            assert (await world.found("trace", of_spans))[0] == {5}
            assert (await world.found("span", tone))[0] == {5}
            await world.rest()
        assert await world.found("trace", tone) == ({3}, {3})
        assert await world.found("trace", of_spans) == ({5}, {5})
        await world.deletion.delete_traces(world.world.workspace_id, [world.traces[3]])
        assert await world.found("trace", tone) == (set(), {3})
        await world.rest()
        assert await world.found("trace", tone) == (set(), set())


async def test_what_comes_after_its_score_counts(analytics: Analytics, tmp_path: Path) -> None:
    tone = has(f"{OWN}.tone")
    async with kept_world(analytics, tmp_path, Hours) as world:
        await world.fill()
        world.traces.append(trace_id(MONDAY + 2 * HOUR, 50))
        span = trace_id(MONDAY + 2 * HOUR, 51)
        await world.write(
            world.of("trace", world.traces[-1], "tone", "1"), world.of("span", span, "tone", "1")
        )
        await world.rest()
        assert await world.found("trace", tone) == (set(), set())
        # It began in another hour than its id says.
        await world.write(
            world.trace(world.traces[-1], MONDAY + 4 * HOUR),
            world.span(span, world.traces[-1], MONDAY + 5 * HOUR),
        )
        for _ in range(2):
            assert await world.found("trace", tone) == ({HOURS}, {2, HOURS})
            assert await world.found("span", tone) == ({HOURS}, {2, HOURS})
            await world.rest()


async def test_scores_of_spans_in_another_project_count_with_their_trace(
    analytics: Analytics, tmp_path: Path
) -> None:
    tone = has(f"{OF_SPANS}.tone")
    async with kept_world(analytics, tmp_path, Hours) as world:
        await world.fill()
        await world.rest()
        assert await world.found("trace", tone) == (set(), set())
        span = trace_id(MONDAY + 3 * HOUR, 60)
        await world.write(
            world.span(span, world.traces[3], MONDAY + 3 * HOUR, new_id()),
            world.of("span", span, "tone", "1"),
        )
        for _ in range(2):
            assert await world.found("trace", tone) == ({3}, {3})
            await world.rest()


class Many(Hours):
    """What the averages of scores are tested with."""

    fill = Scored.fill


async def test_whatever_scores_there_are_nothing_is_left_out(
    analytics: Analytics, tmp_path: Path
) -> None:
    fields = [f"{OWN}.{name}" for name in ("q", "tone", "fit", "nosuch")]
    async with kept_world(analytics, tmp_path, Many) as world:
        await world.fill()
        narrow = 0
        for turn in range(3):
            if turn == 1:
                await world.rest()
            elif turn == 2:
                late = [world.of("trace", id, "Fit", "3") for id in world.traces[5:90:40]]
                await world.write(*late, world.of("span", world.spans[9], "nosuch", "1"))
            for entity in ("trace", "span"):
                kinds = fields + [f"span_{name}" for name in fields if entity == "trace"]
                for i, field in enumerate(kinds):
                    one, other = has(field, ">", 4 + i), has(kinds[i - 3], "<=", 9)
                    for filter in (one, Or((one, other)), And((one, other))):
                        _, read = await world.found(entity, filter)
                        narrow += read is not None
        assert narrow > 20
