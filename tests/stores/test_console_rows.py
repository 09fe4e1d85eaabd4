"""Rows of a table over HTTP: their values, what is cut, order, pages, what is left out."""

import json
from typing import Any

import pytest

from tests.live import LiveServer
from tests.stores.console_world import API, World, at, standard, whole

SHARED = (
    "id project_id name start_time end_time duration ttft tags source environment created_at "
    "last_updated_at created_by last_updated_by total_estimated_cost usage"
).split()
NEWEST = ["bye", "alone", "hello", "running", "failed", "first"]


@pytest.fixture(scope="module")
def world(server: LiveServer) -> World:
    return standard(server)


def test_values_of_traces_are_those_of_the_opik_face(world: World) -> None:
    own = "thread_id span_count llm_span_count providers error_info".split()
    columns = [*SHARED, *own, "feedback_scores", "span_feedback_scores", "comments"]
    rows = world.rows(columns=",".join(columns), preview=10_000)
    assert len(rows) == 6
    for row in rows:
        expected = whole(world, "traces", row["id"])
        for name in [*SHARED, *own]:
            assert row[name] == expected[name], name
        for name in ("feedback_scores", "span_feedback_scores"):
            assert row[name] == _by_name(expected[name]), name
        assert row["comments"] == len(expected["comments"] or [])
    scored = next(row for row in rows if row["name"] == "first")
    assert scored["span_feedback_scores"] == {"tone": 0.75}
    assert scored["total_estimated_cost"] == 0.01


def test_values_of_spans_are_those_of_the_opik_face(world: World) -> None:
    own = "trace_id parent_span_id type model provider error_info".split()
    columns = ",".join([*SHARED, *own, "feedback_scores", "comments"])
    rows = world.rows(entity="span", columns=columns)
    assert len(rows) == 5
    for row in rows:
        expected = whole(world, "spans", row["id"])
        for name in [*SHARED, *own]:
            assert row[name] == expected[name], name
        assert row["feedback_scores"] == _by_name(expected["feedback_scores"])
        assert row["comments"] == len(expected["comments"] or [])


def test_values_of_threads_are_those_of_the_opik_face(world: World) -> None:
    same = (
        "id project_id thread_model_id start_time end_time duration number_of_messages status tags "
        "environment total_estimated_cost usage created_at created_by last_updated_at"
    ).split()
    columns = ",".join([*same, "first_message", "last_message", "comments", "feedback_scores"])
    rows = world.rows(entity="thread", columns=columns, preview=6)
    assert [row["id"] for row in rows] == ["other", "chat"]
    for row in rows:
        asked = {"thread_id": row["id"], "project_id": world.project_id}
        expected = world.server.post(f"{API}/traces/threads/retrieve", asked).json
        for name in same:
            assert row[name] == expected.get(name), name
        assert row["comments"] == 0
    chat = rows[1]
    assert (chat["first_message"], chat["last_message"]) == ('"hi"', '"see y')
    assert (chat["number_of_messages"], chat["usage"]["total_tokens"]) == (4, 2)


def test_a_row_has_the_columns_asked_for_and_what_tells_it_apart(world: World) -> None:
    row = world.rows(columns="name", limit=1)[0]
    assert set(row) == {"id", "project_id", "start_time", "name", "is_running"}
    row = world.rows(entity="span", columns="name", limit=1)[0]
    assert set(row) == {"id", "project_id", "trace_id", "start_time", "name", "is_running"}
    assert {row["name"]: row["is_running"] for row in world.rows(columns="name")} == {
        name: name == "running" for name in NEWEST
    }


def test_long_texts_are_cut_in_characters(world: World) -> None:
    rows = world.rows(columns="name,input,output,metadata,error_info", preview=20)
    first = next(row for row in rows if row["name"] == "first")
    assert first["input"] == '{"question": "éééééé'
    assert first["output"] == '"yes"'
    assert first["metadata"] == '{"user_id": "u1", "a'
    failed = next(row for row in rows if row["name"] == "failed")
    assert failed["error_info"] == {
        "exception_type": "E",
        "message": "m" * 20,
        "traceback": "t",
    }
    running = next(row for row in rows if row["name"] == "running")
    assert (running["input"], running["metadata"], running["error_info"]) == (None, None, None)


def test_entries_of_maps_are_columns_under_their_own_name(world: World) -> None:
    names = "usage.total_tokens feedback_scores.good span_feedback_scores.tone metadata.deep.er"
    columns = [*names.split(), "metadata.a", "metadata.deep", "models", "guardrails"]
    rows = {r["name"]: r for r in world.rows(columns=",".join(["name", *columns]))}

    def values(name: str) -> list[Any]:
        return [rows[name][column] for column in columns]

    gpt = ["m-gpt"]
    assert values("first") == [10, 1, 0.75, None, [1], None, gpt, None]
    assert values("failed") == [25, 0.25, None, "v", None, {"er": "v"}, ["m-claude", *gpt], None]
    assert values("running") == [None] * 8


def test_the_newest_come_first_and_pages_follow_each_other(world: World) -> None:
    assert world.names() == NEWEST
    for size in (1, 4):
        seen: list[str] = []
        for offset in range(0, 6, size):
            page = world.get("rows", columns="name", limit=size, offset=offset)
            seen += [row["name"] for row in page["rows"]]
            assert page["has_more"] == (len(seen) < 6)
        assert seen == NEWEST
    assert world.get("rows", offset=100_000) == {"rows": [], "has_more": False}


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("start_time", NEWEST[::-1]),
        ("name", sorted(NEWEST)),
        ("-duration", ["bye", "failed", "alone", "hello", "first", "running"]),
        ("duration", ["first", "hello", "alone", "failed", "bye", "running"]),
        ("-total_estimated_cost", ["failed", "first", "hello"]),
        ("usage.total_tokens", ["hello", "first", "failed"]),
        ("-feedback_scores.good", ["first", "failed"]),
        ("-span_feedback_scores.tone", ["first"]),
        ("-comments", ["failed"]),
        ("-span_count", ["failed", "first", "hello"]),
        ("-models", ["first"]),
        ("-error_type", ["alone", "failed"]),
        ("-thread_id", ["alone", "bye", "hello"]),
        ("-environment", ["failed", "first"]),
        ("-ttft", ["first"]),
    ],
)
def test_traces_are_sorted_by_a_column(world: World, sort: str, names: list[str]) -> None:
    found = world.names(sort=sort)
    assert sorted(found) == sorted(NEWEST)
    if sort == "-models":
        # Two call the same model alone: the newer one comes first.
        assert found[:2] == ["hello", "first"]
        return
    if sort == "-span_count":
        assert set(found[:2]) == {"first", "failed"}
        assert found[2] == "hello"
        return
    assert found[: len(names)] == names


@pytest.mark.parametrize("entity", ["trace", "span", "thread"])
def test_every_column_that_is_said_to_sort_does(world: World, entity: str) -> None:
    problem = world.refused("rows", entity=entity, sort="metadata")
    assert "metadata" in problem["detail"]
    possible = problem["hint"].removeprefix("It is one of ").split(", with")[0].split(", ")
    assert len(possible) > 10
    for name in possible:
        sort = name.replace("*", "total_tokens" if name.startswith("usage") else "good")
        rows = world.rows(entity=entity, sort=f"-{sort}")
        assert len(rows) == {"trace": 6, "span": 5, "thread": 2}[entity], name


def test_what_the_product_made_itself_is_hidden_unless_asked_for(world: World) -> None:
    assert "tried" not in world.names()
    assert world.names(include_hidden="true") == [*NEWEST[:3], "tried", *NEWEST[3:]]


def test_a_slice_narrows_rows(world: World) -> None:
    assert world.names(from_=at(10), to=at(1440)) == ["running", "failed"]
    assert world.names(query="tag:x") == ["failed", "first"]
    assert world.names(query="score.good<0.5 OR -end_time:*") == ["running", "failed"]
    assert world.names(query="model:m-gpt", sort="start_time") == ["first", "failed", "hello"]
    threads = world.rows(entity="thread", from_=at(1449))
    assert [row["id"] for row in threads] == ["chat"]


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"columns": "name,colour"}, "colour"),
        ({"columns": "usage."}, "usage."),
        ({"entity": "thread", "columns": "metadata.a"}, "metadata.a"),
        ({"sort": "colour"}, "colour"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"offset": -1}, "offset"),
        ({"preview": 10_001}, "preview"),
        ({"from_": at(5), "to": at(5)}, "to"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    world: World, params: dict[str, Any], names: str
) -> None:
    assert f"`{names}`" in world.refused("rows", **params)["detail"]


def _by_name(scores: list[dict[str, Any]] | None) -> dict[str, float] | None:
    return {s["name"]: s["value"] for s in scores} if scores else None


def test_a_cut_entry_of_the_metadata_is_a_text(server: LiveServer) -> None:
    world = World(server)
    world.trace("long", 0, metadata={"list": list(range(100)), "short": [1]})
    row = world.rows(columns="metadata.list,metadata.short,metadata.list[*]", preview=8)[0]
    assert row["metadata.list"].startswith("[0,")
    assert row["metadata.short"] == [1]
    assert json.dumps(row["metadata.list[*]"]) == '"[0,1,2,3"'
