"""The table of projects, what a project holds, and which columns its rows have, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from sightline.core.ids import new_text_id
from tests.live import LiveServer
from tests.stores.console_world import API, CONSOLE, World, at, standard


@pytest.fixture(scope="module")
def world(server: LiveServer) -> World:
    return standard(server)


@pytest.fixture(scope="module")
def family(server: LiveServer) -> str:
    """Make three projects that share a part of their names; return that part."""
    part = new_text_id()
    for name, failures, cost in (("a", 0, 1.0), ("b", 2, 0.5), ("c", 1, None)):
        world = World(server)
        renamed = server.request(
            "PATCH", f"{API}/projects/{world.project_id}", {"name": f"{part} {name}"}
        )
        assert renamed.status == 204
        world.name = f"{part} {name}"
        for n in range(3):
            error = {"error_info": {"exception_type": "E"}} if n < failures else {}
            world.trace(f"{name}{n}", n, 100 * (failures + 1), **error)
        if cost is not None:
            world.span(
                f"{name}0", name, ("m", "p"), tokens=(1, failures), total_estimated_cost=cost
            )
            world.score("traces", world.traces[f"{name}0"], "good", cost)
    World(server)
    empty = {"name": f"{part} empty"}
    assert server.post(f"{API}/projects", empty).status == 201
    return part


def projects(server: LiveServer, **params: Any) -> Any:
    answer = server.get(f"{CONSOLE}/projects?{urlencode(params)}")
    assert answer.status == 200, answer.body
    return answer.json


def letters(server: LiveServer, part: str, **params: Any) -> list[str]:
    content = projects(server, search=part, **params)["content"]
    return [p["name"].removeprefix(f"{part} ") for p in content]


def test_a_project_shows_the_figures_of_its_traces(server: LiveServer, world: World) -> None:
    page = projects(server, search=world.name)
    assert (page["page"], page["size"], page["total"]) == (1, 1, 1)
    found = page["content"][0]
    assert found.pop("created_at").endswith("Z")
    assert found.pop("last_activity").startswith("20")
    assert found == {
        "id": world.project_id,
        "name": world.name,
        "description": None,
        "traces": 6,
        "errors": 2,
        "error_rate": pytest.approx(1 / 3),
        "duration_p50": 250.0,
        "duration_p99": pytest.approx(396.0),
        "total_cost": pytest.approx(0.0315),
        "total_tokens": 37,
        "feedback_scores": {"good": 0.625},
        "sparkline": [0] * 24,
    }


def test_figures_are_those_of_a_period(server: LiveServer, world: World) -> None:
    part = {"search": world.name, "from": at(5), "to": at(75)}
    found = projects(server, **part)["content"][0]
    assert (found["traces"], found["errors"], found["total_tokens"]) == (2, 1, 25)
    assert found["feedback_scores"] == {"good": 0.25}
    every = projects(server, search=world.name, include_hidden="true")["content"][0]
    assert (every["traces"], every["total_tokens"]) == (7, 237)


def test_the_sparkline_counts_the_last_24_hours(server: LiveServer) -> None:
    world = World(server)
    now = datetime.now(UTC)
    for hours in (0.1, 0.2, 5.5, 23.9, 24.5, 48):
        start = (now - timedelta(hours=hours)).isoformat()
        body = {"id": new_text_id(), "project_name": world.name, "start_time": start}
        assert server.post(f"{API}/traces/batch", {"traces": [body]}).status == 204
    spark = projects(server, search=world.name)["content"][0]["sparkline"]
    assert len(spark) == 24
    assert (spark[0], spark[18], spark[23], sum(spark)) == (1, 1, 2, 4)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", ["a", "b", "c", "empty"]),
        ("-name", ["empty", "c", "b", "a"]),
        ("created_at", ["a", "b", "c", "empty"]),
        ("-last_activity", ["c", "b", "a", "empty"]),
        ("-errors", ["b", "c", "a", "empty"]),
        ("error_rate", ["a", "c", "b", "empty"]),
        ("-duration_p50", ["b", "c", "a", "empty"]),
        ("duration_p99", ["a", "c", "b", "empty"]),
        ("total_cost", ["b", "a", "c", "empty"]),
        ("-total_tokens", ["b", "a", "c", "empty"]),
        ("-traces", ["a", "b", "c", "empty"]),
        ("feedback_scores.good", ["b", "a", "c", "empty"]),
    ],
)
def test_projects_are_sorted_by_any_figure(
    server: LiveServer, family: str, sort: str, order: list[str]
) -> None:
    assert letters(server, family, sort=sort) == order


def test_pages_follow_each_other(server: LiveServer, family: str) -> None:
    pages = [letters(server, family, sort="name", size=3, page=n) for n in (1, 2, 3)]
    assert pages == [["a", "b", "c"], ["empty"], []]
    assert projects(server, search=family, size=3, page=2)["total"] == 4


def test_a_project_without_traces_has_no_figures(server: LiveServer, family: str) -> None:
    found = projects(server, search=f"{family} empty")["content"][0]
    assert (found["traces"], found["total_cost"], found["feedback_scores"]) == (0, 0, {})
    assert found["last_activity"] is None
    assert found["error_rate"] is None


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"sort": "colour"}, "sort"),
        ({"page": 0}, "page"),
        ({"size": 201}, "size"),
        ({"from": "then"}, "from"),
        ({"from": at(1), "to": at(0)}, "to"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    server: LiveServer, params: dict[str, Any], named: str
) -> None:
    answer = server.get(f"{CONSOLE}/projects?{urlencode(params)}")
    assert answer.status == 400
    assert f"`{named}`" in answer.json["detail"]


def test_a_project_says_what_it_holds(world: World) -> None:
    assert world.get("contents") == {
        "traces": 7,
        "spans": 6,
        "threads": 2,
        "feedback_scores": 4,
        "comments": 3,
        "attachments": 0,
    }


def test_names_in_use_are_columns(world: World) -> None:
    usage = ["completion_tokens", "prompt_tokens", "total_tokens"]
    assert world.get("columns") == {
        "feedback_scores": ["good"],
        "span_feedback_scores": ["tone"],
        "usage": usage,
        "metadata": ["a", "deep.er", "user_id"],
    }
    assert world.get("columns", entity="span") == {
        "feedback_scores": ["tone"],
        "span_feedback_scores": [],
        "usage": usage,
        "metadata": [],
    }


def test_a_project_of_nobody_is_not_found(world: World) -> None:
    for what in ("rows", "summary", "histogram", "series", "columns", "contents"):
        answer = world.server.get(f"{CONSOLE}/projects/{new_text_id()}/{what}")
        assert answer.status == 404, what
        assert answer.json["code"] == "not_found"
