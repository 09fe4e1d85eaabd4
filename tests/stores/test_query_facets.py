"""Facets and completion over HTTP: counts that agree with what their own queries find."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.live import live
from tests.stores.query_language_world import ODD, World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with live(tmp_path_factory.mktemp("facets") / "data") as server:
        world = World(server)
        world.fill()
        yield world


def facet(world: World, entity: str, field: str, **asked: Any) -> dict[str, Any]:
    answer = world.console("facets", entity=entity, fields=field, **asked)
    assert answer.status == 200, answer.body
    (found,) = answer.json["facets"]
    return dict(found)


def bucket(low: float, high: float) -> str:
    return f"{low} \N{EN DASH} {high}"


@pytest.mark.parametrize(
    ("entity", "fields"),
    [
        ("trace", "name,status,model,provider,tags,environment,user,error_type,source,score"),
        ("trace", "error,thread_id,metadata.tier,metadata.n,guardrails"),
        ("span", "name,status,type,model,provider,environment,user,score"),
        ("thread", "status,tags,environment,user,score"),
    ],
)
def test_a_value_has_as_many_rows_as_its_query_finds(
    world: World, entity: str, fields: str
) -> None:
    answer = world.console("facets", entity=entity, fields=fields, include_hidden="true")
    assert answer.status == 200, answer.body
    assert not answer.json["sampled"]
    checked = 0
    everything = len(world.list(entity, ""))
    for found in answer.json["facets"]:
        for value in found["values"]:
            assert len(world.list(entity, value["query"])) == value["count"], value
            checked += 1
        if found["field"] == "error":
            assert sum(value["count"] for value in found["values"]) == everything
            assert found["missing"] == 0
            continue
        assert found["missing"] == len(world.list(entity, f"-{found['field']}:*")), found
    assert checked >= 3


def test_the_usual_facets_come_without_asking(world: World) -> None:
    found = world.facets("trace")
    assert list(found) == [
        "status",
        "name",
        "model",
        "provider",
        "tags",
        "environment",
        "user",
        "score.accuracy",
        'score."how good, really"',
    ]
    # The experiment's trace is hidden.
    assert found["status"] == {"error": 1, "ok": len(ODD) + 3, "running": 1}
    assert found["model"] == {"claude 3": 1, "gpt-4o": 1, "gpt-4o-mini": 1}
    assert found["score.accuracy"] == {
        bucket(0, 0.25): 0,
        bucket(0.25, 0.5): 1,
        bucket(0.5, 0.75): 0,
        bucket(0.75, 1): 2,
    }
    assert world.facets("trace", include_hidden="true")["status"]["ok"] == len(ODD) + 4
    assert list(world.facets("thread")) == ["status", "tags", "environment", "user", "score.mood"]


def test_a_facet_leaves_out_what_the_query_says_of_it(world: World) -> None:
    found = world.facets("trace", query="model:gpt-4o status:ok score.accuracy:0.5..<0.95")
    # Of the model: all that went well with such a score; of the status: such a score and model.
    assert found["model"] == {"claude 3": 1, "gpt-4o": 1}
    assert found["status"] == {"error": 0, "ok": 1, "running": 0}
    assert found["name"] == {"ok": 1}
    assert found["score.accuracy"][bucket(0.75, 1)] == 1
    widened = world.facets("trace", "score.accuracy", query="score.accuracy>0.95")
    assert sum(widened["score.accuracy"].values()) == 3
    # A part of an Or narrows all of them.
    narrow = world.facets("trace", "model", query="model:gpt-4o OR status:running")
    assert narrow["model"] == {"claude 3": 1, "gpt-4o": 1}


def test_times_and_free_text_narrow_facets(world: World) -> None:
    window = {"from": "2026-01-31T12:01:00Z", "to": "2026-01-31T12:03:00Z"}
    assert world.facets("trace", "name", **window)["name"] == {"failed": 1, "running": 1}
    assert world.facets("trace", "model", **window)["model"] == {"gpt-4o-mini": 1}
    assert world.facets("trace", "name", query="refund")["name"] == {"paid": 1, "running": 1}
    assert world.facets("thread", "user", query="hello")["user"] == {"ann": 1, "bob": 1}


def test_values_for_completion_contain_what_was_typed(world: World) -> None:
    def values(entity: str, field: str, prefix: str = "", **more: Any) -> list[str]:
        answer = world.console("query/values", entity=entity, field=field, prefix=prefix, **more)
        assert answer.status == 200, answer.body
        return [value["value"] for value in answer.json["values"]]

    assert values("trace", "model", "4O") == ["gpt-4o", "gpt-4o-mini"]
    assert values("trace", "model", limit=1) == ["claude 3"]
    assert values("trace", "metadata.tier") == ["gold"]
    assert values("trace", "user", "b") == ["bob"]
    assert values("trace", "tag", "r") == ["Dark Red"]
    assert values("trace", "name", "ÜNÏ") == [ODD["unicode"]]
    assert values("trace", "status", "r") == ["error", "running"]
    assert values("trace", "env", query="env:staging") == [
        "production",
        "production-eu",
        "staging",
    ]
    assert values("span", "type") == ["general", "llm", "tool", "guardrail"]
    assert values("thread", "user", "an") == ["ann"]
    assert values("trace", "duration") == []
    assert values("trace", "input") == []


def test_fields_tell_what_may_be_said_and_which_keys_there_are(world: World) -> None:
    answer = world.console("query/fields", entity="trace")
    fields = {field["name"]: field for field in answer.json["fields"]}
    assert fields["feedback_scores"]["keys"] == ["accuracy", "how good, really"]
    assert fields["feedback_scores"]["short"] == "score"
    assert fields["feedback_scores"]["needs_key"]
    assert fields["span_feedback_scores"]["keys"] == ["tone"]
    assert fields["usage"]["keys"] == ["total_tokens"]
    assert set(fields["metadata"]["keys"]) == {"user_id", "user.id", "tier", "n", "odd key", "a.b"}
    assert fields["status"]["values"] == ["error", "ok", "running"]
    assert ".." in fields["duration"]["operators"]
    assert fields["total_estimated_cost"]["aliases"][0] == "cost"
    assert all(field["description"] for field in fields.values())
    of_threads = world.console("query/fields", entity="thread").json["fields"]
    assert "mood" in next(f for f in of_threads if f["name"] == "feedback_scores")["keys"]


def test_parsing_gives_the_tree_or_the_place_of_the_error(world: World) -> None:
    def parsed(query: str, entity: str = "trace") -> dict[str, Any]:
        answer = world.server.post("/api/console/query/parse", {"entity": entity, "query": query})
        assert answer.status == 200, answer.body
        return dict(answer.json)

    good = parsed(" total_estimated_cost>0.5   -tag:x ")
    assert good["canonical"] == "cost>0.5 -tags:x"
    assert good["tree"]["node"] == "And"
    assert good["tree"]["children"][1] == {
        "node": "Not",
        "child": {"node": "Condition", "field": "tags", "operator": "=", "value": "x", "key": ""},
    }
    assert [(c["text"], c["start"], c["end"]) for c in good["chips"]] == [
        ("total_estimated_cost>0.5", 1, 25),
        ("-tag:x", 28, 34),
    ]
    assert good["error"] is None
    bad = parsed("name:a durration>5")
    assert (bad["error"]["at"], bad["error"]["end"], bad["chips"]) == (7, 16, [])
    assert "duration" in bad["error"]["hint"]
    assert parsed("")["canonical"] == ""


@pytest.mark.parametrize(
    ("path", "asked", "told"),
    [
        ("facets", {"query": "durration>5"}, "durration"),
        ("facets", {"entity": "run"}, "entity"),
        ("facets", {"fields": "duration"}, "duration"),
        ("facets", {"fields": "nmae"}, "nmae"),
        ("facets", {"from": "2026-02-01", "to": "2026-01-01"}, "after"),
        ("facets", {"from": "soon"}, "from"),
        ("query/values", {"field": "nmae"}, "nmae"),
        ("query/values", {"field": "name", "limit": 1000}, "limit"),
    ],
)
def test_wrong_parameters_are_named(
    world: World, path: str, asked: dict[str, Any], told: str
) -> None:
    answer = world.console(path, **asked)
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert told in answer.json["detail"]
    if "query" in asked:
        assert (answer.json["at"], answer.json["end"]) == (0, 9)


def test_another_projects_slice_is_not_found(world: World) -> None:
    missing = "01980000-0000-7000-8000-000000000000"
    answer = world.server.request("GET", f"/api/console/projects/{missing}/facets")
    assert answer.status == 404
