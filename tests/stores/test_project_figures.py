"""Figures beside the list of projects, key figures, names, recent activity."""

from typing import Any

import pytest

from sightline.core.errors import InvalidRequestError
from sightline.core.ids import Id, new_id
from sightline.domain.filter import And, Condition
from sightline.services.query import activities, project_figures
from sightline.services.query.project_figures import KeyFigure, ProjectFigures
from sightline.stores.analytics.engine import Analytics
from tests.stores.figures_world import DAY, HOUR, LIFECYCLE, MONDAY, World, world

NOW = MONDAY + DAY + HOUR
EMPTY = ProjectFigures(
    trace_count=0,
    thread_count=0,
    durations_ms=None,
    average_cost_usd=0,
    total_cost_usd=0,
    usage={},
    scores={},
    failed_guardrails=0,
    error_count=0,
    recent_error_count=0,
    error_growth_percent=None,
)


async def figures(w: World, *projects: Id, **kwargs: Any) -> dict[Id, ProjectFigures]:
    return await project_figures.figures(w.analytics, w.workspace_id, projects, NOW, **kwargs)


async def fill(w: World, project: Id) -> None:
    scores = {"q": 1, "it's": 2}
    a = await w.trace(
        0, 100, project=project, name="a", thread_id="t1", scores=scores, failed=["PII"]
    )
    b = await w.trace(HOUR, 300, project=project, name="b", thread_id="t1", scores={"q": 0})
    await w.trace(2 * HOUR, None, project=project, name="c", thread_id="t2", failed=["PII", "X"])
    await w.trace(3 * HOUR, 200, project=project, name="d")
    await w.span(a, 0, project=project, cost="0.5", usage={"in": 3, "out": 1})
    await w.span(a, 0, project=project, cost="0.25", usage={"in": 2})
    await w.span(b, 0, project=project, cost="1.25", usage={"in": 7})
    await w.span(b, 0, project=project)


async def test_figures_of_many_projects_are_those_of_each(analytics: Analytics) -> None:
    async with world(analytics) as w:
        busy, quiet, empty = new_id(), new_id(), new_id()
        await fill(w, busy)
        await w.trace(0, 5, project=quiet)
        found = await figures(w, quiet, busy, empty)
        assert list(found) == [quiet, busy, empty]
        assert found[empty] == EMPTY
        assert found[quiet].trace_count == 1
        assert found[quiet].durations_ms == {"p50": 5, "p90": 5, "p99": 5}
        one = found[busy]
        assert (one.trace_count, one.thread_count, one.failed_guardrails) == (4, 2, 3)
        assert one.durations_ms == pytest.approx({"p50": 200, "p90": 280, "p99": 298})
        assert (one.total_cost_usd, one.average_cost_usd) == (2, 1)
        assert one.usage == {"in": 6, "out": 1}
        assert one.scores == {"it's": 2, "q": 0.5}


async def test_filter_and_time_range_narrow_everything(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await fill(w, w.project)
        only_a = And((Condition(field="name", operator="=", value="a"),))
        (found,) = (await figures(w, w.project, filter=only_a)).values()
        assert found.trace_count == 1
        assert found.usage == {"in": 5, "out": 1}
        assert (found.total_cost_usd, found.failed_guardrails) == (0.75, 1)
        assert found.scores == {"it's": 2, "q": 1}
        (early,) = (await figures(w, w.project, to_us=MONDAY + HOUR)).values()
        assert early == found
        (late,) = (await figures(w, w.project, from_us=MONDAY + 3 * HOUR)).values()
        assert (late.trace_count, late.total_cost_usd, late.scores) == (1, 0, {})
        wrong = And((Condition(field="nonsense", operator="=", value="a"),))
        with pytest.raises(InvalidRequestError):
            await figures(w, w.project, filter=wrong)


async def test_errors_of_the_last_seven_days_are_held_against_earlier_ones(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w:
        # "Now" is the day after MONDAY, so the recent days begin six days before it.
        for at in (-7 * DAY, -6 * DAY - 1):
            await w.trace(at, error_info="{}")
        (found,) = (await figures(w, w.project)).values()
        assert (found.error_count, found.recent_error_count) == (2, 0)
        assert found.error_growth_percent == 0
        for at in (-6 * DAY, 0, HOUR):
            await w.trace(at, error_info="{}")
        (found,) = (await figures(w, w.project)).values()
        assert (found.error_count, found.recent_error_count) == (5, 3)
        assert found.error_growth_percent == 150


async def test_no_projects_need_no_query(analytics: Analytics) -> None:
    async with world(analytics) as w:
        assert await figures(w) == {}
        assert await project_figures.last_trace_times(analytics, w.workspace_id, []) == {}


async def test_last_trace_is_known_for_some_projects_or_for_all(analytics: Analytics) -> None:
    async with world(analytics) as w:
        one, two = new_id(), new_id()
        for at, project in ((0, one), (HOUR, one), (DAY, two)):
            await w.trace(at, project=project)
        last = project_figures.last_trace_times
        assert await last(analytics, w.workspace_id, [one]) == {one: MONDAY + HOUR}
        assert await last(analytics, w.workspace_id, None) == {
            one: MONDAY + HOUR,
            two: MONDAY + DAY,
        }


async def test_names_are_sorted_and_stay_in_their_project_and_workspace(
    analytics: Analytics,
) -> None:
    async with world(analytics) as w, world(analytics) as other:
        elsewhere = new_id()
        for place, project, name in (
            (w, w.project, "it's"),
            (w, elsewhere, "b"),
            (other, w.project, "c"),
        ):
            trace = await place.trace(0, project=project, thread_id="t", scores={name: 1})
            await place.span(trace, 0, project=project, usage={f"u {name}": 1}, scores={"s": 1})
            await place.score("thread", "t", "a", 1, project=project)
        scores, usage = project_figures.score_names, project_figures.usage_names
        assert await scores(analytics, w.workspace_id, [w.project]) == ["a", "it's", "s"]
        assert await scores(analytics, w.workspace_id, None) == ["a", "b", "it's", "s"]
        assert await usage(analytics, w.workspace_id, [w.project]) == ["u it's"]
        assert await usage(analytics, w.workspace_id, None) == ["u b", "u it's"]
        assert await usage(analytics, new_id(), None) == []


async def cards(w: World, entity: Any, **kwargs: Any) -> dict[str, KeyFigure]:
    return await project_figures.key_figures(
        w.analytics,
        w.workspace_id,
        w.project,
        entity,
        filter=kwargs.pop("filter", And(())),
        from_us=MONDAY,
        to_us=MONDAY + DAY,
        lifecycle=LIFECYCLE,
    )


async def test_key_figures_compare_with_the_period_before(analytics: Analytics) -> None:
    async with world(analytics) as w:
        for at, ms, error, cost in (
            (-DAY - 1, 1, None, "100"),
            (-DAY, 40, None, "1"),
            (-1, 60, "{}", "2"),
            (0, 100, None, "4"),
            (HOUR, 200, None, "8"),
            (2 * HOUR, 300, "{}", None),
            (DAY - 1, None, None, None),
            (DAY, 1, None, "100"),
        ):
            trace = await w.trace(at, ms, error_info=error, thread_id=f"at {at}")
            await w.span(trace, at, ms, cost=cost, error_info=error)
        both = {
            "count": KeyFigure(4, 2),
            "errors": KeyFigure(25, 50),
            "avg_duration": KeyFigure(200, 50),
            "total_cost": KeyFigure(12, 3),
        }
        assert await cards(w, "trace") == both
        assert await cards(w, "span") == both
        without_errors = {name: figure for name, figure in both.items() if name != "errors"}
        assert await cards(w, "thread") == without_errors


async def test_key_figures_of_nothing_measure_nothing(analytics: Analytics) -> None:
    async with world(analytics) as w, world(analytics) as other:
        other.project = w.project
        await other.trace(0, thread_id="t")
        assert await cards(w, "trace") == {
            "count": KeyFigure(0, 0),
            "errors": KeyFigure(None, None),
            "avg_duration": KeyFigure(None, None),
            "total_cost": KeyFigure(0, 0),
        }
        assert (await cards(w, "thread"))["count"] == KeyFigure(0, 0)


async def test_key_figures_take_a_filter(analytics: Analytics) -> None:
    async with world(analytics) as w:
        await w.trace(0, name="yes")
        await w.trace(0, name="no")
        await w.trace(-1, name="no")
        yes = And((Condition(field="name", operator="=", value="yes"),))
        assert (await cards(w, "trace", filter=yes))["count"] == KeyFigure(1, 0)


async def test_activity_is_a_day_with_traces_newest_first(analytics: Analytics) -> None:
    async with world(analytics) as w, world(analytics) as other:
        other.project = w.project
        await other.trace(0)
        for at in (0, HOUR, -1, -28 * DAY, -28 * DAY - 1):
            await w.trace(at)

        async def recent(page: int, size: int) -> tuple[list[tuple[str, int]], int]:
            found, total = await activities.recent(
                analytics, w.workspace_id, w.project, NOW, page=page, size=size
            )
            assert {(item.type, item.id) for item in found} <= {("trace_daily", w.project)}
            return [(item.name, item.at_us - MONDAY) for item in found], total

        assert await recent(1, 10) == (
            [("2 traces", HOUR), ("1 trace", -1), ("1 trace", -28 * DAY)],
            3,
        )
        assert await recent(2, 2) == ([("1 trace", -28 * DAY)], 3)
        assert await recent(3, 2) == ([], 3)
