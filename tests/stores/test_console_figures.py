"""Summaries, histograms and series over HTTP, against figures that one can add up by hand."""

from typing import Any

import pytest

from tests.live import LiveServer
from tests.stores.console_world import World, at, standard

DAY = 1440


@pytest.fixture(scope="module")
def world(server: LiveServer) -> World:
    return standard(server)


def test_a_summary_adds_up_what_is_shown(world: World) -> None:
    assert world.get("summary") == {
        "count": 6,
        "errors": 2,
        "error_rate": pytest.approx(1 / 3),
        "duration_p50": 250.0,
        "duration_p99": pytest.approx(396.0),
        "total_cost": pytest.approx(0.0315),
        "total_tokens": 37,
        "hidden": 1,
        "previous": None,
    }


def test_a_summary_of_a_part(world: World) -> None:
    part = world.get("summary", from_=at(5), to=at(75))
    shown = {k: part[k] for k in ("count", "errors", "duration_p50", "total_cost", "hidden")}
    assert shown == {
        "count": 2,
        "errors": 1,
        "duration_p50": 300.0,
        "total_cost": pytest.approx(0.021),
        "hidden": 0,
    }
    assert part["previous"]["count"] == 1
    query = world.get("summary", query="model:m-claude", from_=at(0))
    assert (query["count"], query["total_tokens"]) == (1, 25)


def test_a_summary_with_what_is_hidden(world: World) -> None:
    every = world.get("summary", include_hidden="true")
    assert (every["count"], every["total_tokens"], every["hidden"]) == (7, 237, 0)


def test_the_period_before_has_the_same_length(world: World) -> None:
    found = world.get("summary", from_=at(DAY), to=at(2 * DAY))
    assert found["count"] == 3
    before = found["previous"]
    assert (before["count"], before["errors"], before["total_tokens"]) == (3, 1, 35)
    assert before["total_cost"] == pytest.approx(0.031)
    # Nothing is older than the first of all.
    nothing = world.get("summary", from_=at(0), to=at(DAY))["previous"]
    assert (nothing["count"], nothing["error_rate"], nothing["duration_p50"]) == (0, None, None)


def test_a_summary_of_nothing(world: World) -> None:
    found = world.get("summary", query="name:nobody")
    assert (found["count"], found["error_rate"], found["duration_p99"]) == (0, None, None)
    assert (found["total_cost"], found["total_tokens"]) == (0, 0)


def test_a_summary_of_spans(world: World) -> None:
    found = world.get("summary", entity="span")
    assert (found["count"], found["errors"], found["total_tokens"]) == (5, 0, 37)
    assert found["total_cost"] == pytest.approx(0.0315)
    assert found["hidden"] == 1


def test_a_summary_of_threads(world: World) -> None:
    found = world.get("summary", entity="thread")
    assert (found["count"], found["errors"], found["total_tokens"]) == (2, 1, 2)
    assert found["total_cost"] == pytest.approx(0.0005)
    # The conversation began before, but goes on in the period.
    part = world.get("summary", entity="thread", from_=at(DAY + 9))
    assert (part["count"], part["total_tokens"]) == (1, 2)
    assert part["previous"]["count"] == 2


def test_a_histogram_has_round_buckets_without_holes(world: World) -> None:
    found = world.get("histogram", from_=at(0), to=at(80), buckets=10)
    assert (found["from"], found["to"], found["step_s"]) == (_us(0), _us(80), 600)
    assert [b["time"] for b in found["buckets"]] == [_us(10 * n) for n in range(8)]
    assert [b["count"] for b in found["buckets"]] == [1, 1, 0, 0, 0, 0, 0, 1]
    assert [b["errors"] for b in found["buckets"]] == [0, 1, 0, 0, 0, 0, 0, 0]
    assert [b["duration_p50"] for b in found["buckets"]] == [100.0, 300.0, *[None] * 6]
    assert [b["tokens"] for b in found["buckets"][:3]] == [10, 25, None]
    assert [b["cost"] for b in found["buckets"][:3]] == [0.01, pytest.approx(0.021), None]


def test_a_histogram_begins_before_a_crooked_period(world: World) -> None:
    found = world.get("histogram", from_=at(7), to=at(1447), buckets=20)
    assert found["step_s"] == 3 * 3600
    assert found["buckets"][0]["time"] == _us(0)
    # What began before the period is not counted, though the bucket does.
    assert found["buckets"][0]["count"] == 2
    assert sum(b["count"] for b in found["buckets"]) == 4


def test_a_histogram_without_a_beginning_begins_with_the_oldest(world: World) -> None:
    found = world.get("histogram", query="thread:*", buckets=500, figures="none")
    assert found["from"] == _us(DAY)
    assert len(found["buckets"]) <= 500
    assert sum(b["count"] for b in found["buckets"]) == 3
    assert {b["duration_p50"] for b in found["buckets"]} == {None}


@pytest.mark.parametrize(("entity", "counts"), [("span", [5, 0]), ("thread", [0, 2])])
def test_a_histogram_of_others(world: World, entity: str, counts: list[int]) -> None:
    found = world.get("histogram", entity=entity, from_=at(0), to=at(2 * DAY), buckets=2)
    assert [b["count"] for b in found["buckets"]] == counts


def test_a_thread_is_counted_where_it_began(world: World) -> None:
    found = world.get("histogram", entity="thread", from_=at(DAY + 2), to=at(DAY + 20), buckets=2)
    assert [b["count"] for b in found["buckets"]] == [1, 0]


def _us(minutes: float) -> str:
    return at(minutes).replace("Z", "000Z")


def lines(world: World, **params: Any) -> dict[str, list[float | None]]:
    """Return the values of a chart of two days by line."""
    period = {"from_": at(0), "to": at(2 * DAY), "buckets": 2}
    found = world.get("series", **(period | params))
    times = {tuple(p[0] for p in s["points"]) for s in found["series"]}
    assert len(times) <= 1
    return {s["name"]: [p[1] for p in s["points"]] for s in found["series"]}


def test_series_without_a_breakdown(world: World) -> None:
    assert lines(world) == {"count": [3, 3]}
    assert lines(world, metric="errors") == {"errors": [1, 1]}
    assert lines(world, metric="error_rate", to=at(3 * DAY), buckets=4) == {
        "error_rate": [pytest.approx(1 / 3), pytest.approx(1 / 3), None]
    }
    assert lines(world, metric="tokens") == {
        "total_tokens": [35, 2],
        "prompt_tokens": [25, 1],
        "completion_tokens": [10, 1],
    }
    assert lines(world, metric="cost") == {"cost": [pytest.approx(0.031), pytest.approx(0.0005)]}
    durations = lines(world, metric="duration")
    assert list(durations) == ["p50", "p90", "p99"]
    assert durations["p50"] == [200.0, 250.0]
    assert lines(world, metric="feedback_scores") == {"good": [0.625, None]}
    assert lines(world, metric="ttft")["p50"] == [12.5, None]


def test_what_spans_of_a_model_cost_is_the_models(world: World) -> None:
    costs = lines(world, metric="cost", breakdown="model")
    assert costs == {
        "m-claude": [pytest.approx(0.02), 0],
        "m-gpt": [pytest.approx(0.011), pytest.approx(0.0005)],
    }
    assert lines(world, metric="tokens", breakdown="provider") == {
        "anthropic": [20, 0],
        "openai": [15, 2],
    }


def test_a_trace_counts_in_each_of_its_models(world: World) -> None:
    assert lines(world, breakdown="model") == {"": [1, 2], "m-gpt": [2, 1], "m-claude": [1, 0]}
    assert lines(world, metric="errors", breakdown="model") == {
        "": [0, 1],
        "m-claude": [1, 0],
        "m-gpt": [1, 0],
    }


def test_series_by_what_a_row_says(world: World) -> None:
    assert lines(world, breakdown="tags") == {"": [1, 2], "x": [2, 0], "y": [1, 1]}
    assert lines(world, breakdown="environment") == {
        "": [1, 3],
        "prod": [1, 0],
        "test": [1, 0],
    }
    assert lines(world, breakdown="user") == {"": [1, 3], "u1": [1, 0], "u2": [1, 0]}
    split = lines(world, metric="duration", breakdown="name", percentile="p99")
    assert split["bye"] == [None, 400.0]
    assert "running" not in split
    assert lines(world, metric="feedback_scores", breakdown="tags", score="good") == {
        "x": [0.625, None],
        "y": [1.0, None],
    }


def test_series_of_spans_and_threads(world: World) -> None:
    assert lines(world, entity="span", breakdown="type") == {"llm": [4, 0], "tool": [1, 0]}
    assert lines(world, entity="thread") == {"count": [0, 2]}
    assert lines(world, entity="thread", metric="errors") == {"errors": [0, 1]}
    assert lines(world, entity="thread", metric="tokens")["total_tokens"] == [0, 2]


def test_of_many_groups_the_rest_is_one(world: World) -> None:
    found = world.get("series", breakdown="name", top=2, from_=at(0), to=at(2 * DAY), buckets=2)
    assert [s["name"] for s in found["series"]] == ["alone", "bye", "other"]
    assert [p[1] for p in found["series"][2]["points"]] == [3, 1]


@pytest.mark.parametrize("breakdown", ["name", "environment", "user", "tags", "model", "provider"])
def test_the_query_of_a_line_selects_its_rows(world: World, breakdown: str) -> None:
    found = world.get("series", breakdown=breakdown, top=2, from_=at(0), to=at(2 * DAY))
    assert found["series"]
    for line in found["series"]:
        if line["query"]:
            rows = world.rows(query=line["query"], from_=at(0), to=at(2 * DAY))
            assert len(rows) == sum(p[1] for p in line["points"]), line["query"]


def test_a_chart_says_its_unit_and_times(world: World) -> None:
    found = world.get("series", metric="duration", from_=at(0), to=at(10), buckets=2)
    assert found["step_s"] == 300
    line = found["series"][0]
    assert (line["label"], line["unit"], line["query"]) == ("p50", "ms", "")
    assert [p[0] for p in line["points"]] == [1790812800000, 1790813100000]


@pytest.mark.parametrize(
    ("what", "params", "named"),
    [
        ("series", {"metric": "colour"}, "metric"),
        ("series", {"breakdown": "colour"}, "breakdown"),
        ("series", {"breakdown": "type"}, "breakdown"),
        ("series", {"entity": "thread", "metric": "ttft"}, "ttft"),
        ("series", {"metric": "duration", "percentile": "p1"}, "percentile"),
        ("series", {"top": 0}, "top"),
        ("series", {"buckets": 501}, "buckets"),
        ("histogram", {"buckets": 1}, "buckets"),
        ("histogram", {"figures": "colour"}, "figures"),
        ("summary", {"entity": "colour"}, "entity"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    world: World, what: str, params: dict[str, Any], named: str
) -> None:
    assert f"`{named}`" in world.refused(what, **params)["detail"]


def test_split_scores_must_be_named(world: World) -> None:
    problem = world.refused("series", metric="feedback_scores", breakdown="name")
    assert "score" in problem["hint"]
