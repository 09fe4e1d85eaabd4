"""Scores and costs over a workspace: by day, by project, against the period before."""

from sightline.core.ids import Id, new_id
from sightline.services.query import workspace_figures
from sightline.services.query.workspace_figures import (
    COST,
    SCORES,
    Comparison,
    scores_named,
)
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.measures import Measure
from tests.stores.figures_world import DAY, MONDAY, World, world

Daily = dict[Id | None, list[float | None]]


async def daily(w: World, measure: Measure, projects: list[Id] | None, days: int = 2) -> Daily:
    found = await workspace_figures.daily(
        w.analytics,
        w.workspace_id,
        projects,
        measure,
        "n",
        from_us=MONDAY,
        to_us=MONDAY + days * DAY,
    )
    assert {line.series.name for line in found} == {"n"}
    return {line.project_id: [value for _, value in line.series.points] for line in found}


async def compare(w: World, measure: Measure, projects: list[Id] | None) -> list[Comparison]:
    return await workspace_figures.compare(
        w.analytics, w.workspace_id, projects, measure, from_us=MONDAY, to_us=MONDAY + DAY
    )


async def fill(w: World) -> tuple[Id, Id]:
    """Two projects; in the second the score is named with a quote."""
    first, second = new_id(), new_id()
    a = await w.trace(0, project=first, scores={"q": 1, "gone": 0})
    b = await w.trace(DAY - 1, project=second, scores={"q": 0.5, "it's": 4})
    await w.trace(-DAY, project=second, scores={"q": 0.25, "gone": 1})
    await w.trace(-DAY - 1, project=second, scores={"q": 99})
    await w.span(a, 0, project=first, cost="1.5")
    await w.span(b, DAY, project=second, cost="2")
    await w.span(b, -1, project=second, cost="4")
    return first, second


async def test_one_line_for_the_workspace_or_one_for_each_project(analytics: Analytics) -> None:
    async with world(analytics) as w:
        first, second = await fill(w)
        absent = new_id()
        assert await daily(w, scores_named("q"), None) == {None: [0.75, None]}
        assert await daily(w, scores_named("q"), [second, first, absent]) == {
            second: [0.5, None],
            first: [1, None],
            absent: [None, None],
        }
        assert await daily(w, scores_named("it's"), None) == {None: [4, None]}
        assert await daily(w, COST, None) == {None: [1.5, 2]}
        assert await daily(w, COST, [first]) == {first: [1.5, None]}


async def test_period_is_held_against_the_one_before_of_the_same_length(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        first, _ = await fill(w)
        assert await compare(w, SCORES, None) == [
            Comparison("gone", 0, 1),
            Comparison("it's", 4, None),
            Comparison("q", 0.75, 0.25),
        ]
        assert await compare(w, SCORES, [first]) == [
            Comparison("gone", 0, None),
            Comparison("q", 1, None),
        ]
        assert await compare(w, COST, None) == [Comparison("", 1.5, 4)]


async def test_other_workspaces_are_not_counted(analytics: Analytics) -> None:
    async with world(analytics) as w, world(analytics) as other:
        await fill(other)
        assert await daily(w, COST, None) == {None: [None, None]}
        assert await compare(w, SCORES, None) == []
