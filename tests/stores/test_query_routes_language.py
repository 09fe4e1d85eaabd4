"""Each construct of the query language against a real server: what it finds, and nothing else."""

import json
from collections.abc import Iterator

import pytest

from sightline.wire.query.writer import quote
from tests.live import live
from tests.stores.query_language_world import API, ODD, PROJECT, World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with live(tmp_path_factory.mktemp("language") / "data") as server:
        world = World(server)
        world.fill()
        yield world


NAMED = {"ok", "failed", "running", "paid", "messages", "trial"}
ALL = NAMED | ODD.keys()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ALL),
        # Text.
        ("name:OK", {"ok"}),
        ("name:(ok, failed)", {"ok", "failed"}),
        ("name:run*", {"running"}),
        ("name:*ing", {"running"}),
        ("name:*ai*", {"failed", "paid"}),
        ("name:r*i*g", {"running"}),
        ("-name:*", set()),
        ("thread_id:t-1", {"paid", "messages"}),
        ("-thread:*", ALL - {"paid", "messages", "trial"}),
        ("-name:* OR name:(o*, p*)", {"ok", "paid"}),
        # Lists, enumerations, the state.
        ("tags:BLUE", {"ok"}),
        ('tag:"dark red"', {"ok"}),
        ("tags:dark*", {"ok"}),
        ("tags:(blue, 100%)", {"ok", "failed"}),
        ("-tags:* name:(ok, paid)", {"paid"}),
        ("env:production", {"ok"}),
        ("env:production*", {"ok", "failed"}),
        ("env:pro*n-*", {"failed"}),
        ("-env:* -thread:* name:(ok, running, it's)", {"it's"}),
        ("status:error", {"failed"}),
        ("status:running", {"running"}),
        ("status:(error, running)", {"failed", "running"}),
        ("-status:ok", {"failed", "running"}),
        ("error:true", {"failed"}),
        ("error:false name:(ok, failed)", {"ok"}),
        ("error_type:valueerror", {"failed"}),
        ("source:experiment", {"trial"}),
        ("source:sdk name:(ok, trial)", {"ok"}),
        # Numbers, durations, times.
        ("duration>2s", {"failed", "paid"}),
        ("duration>=1.5m", {"paid"}),
        ("duration:2s..4s", {"failed"}),
        ("duration:250ms", {"messages"}),
        ("duration:1s..<3s name:(ok, failed)", {"ok"}),
        ("-duration:*", {"running"}),
        ("duration!=1s", {"failed", "paid", "messages"}),
        ("-duration:1s", {"failed", "paid", "messages", "running"}),
        ("start_time:2026-01-31T12:01:00Z", {"failed"}),
        ("start_time:2026-01-31T12:01:00Z..2026-01-31T12:03:00Z", {"failed", "running", "paid"}),
        ("start_time:2026-01-31", ALL),
        ("start_time>2026-01-31", set()),
        ("start_time<=2026-01-31", ALL),
        ("start_time>-5m", set()),
        ("created_at>-1h", ALL),
        ("created_at>now+1h", set()),
        # What a trace's spans say.
        ("model:GPT-4o", {"ok"}),
        ("model:gpt-4o*", {"ok", "failed"}),
        ('model:"claude 3"', {"ok"}),
        ("-model:gpt-4o name:(ok, failed, paid)", {"failed", "paid"}),
        ("model:* -provider:anthropic", {"failed"}),
        ("provider:(anthropic, google)", {"ok"}),
        ("cost>0.5", {"ok"}),
        ("cost:0.75", {"ok"}),
        ("tokens>=7", {"ok", "failed"}),
        ("usage.total_tokens:150", {"ok"}),
        ("-tokens:* name:(ok, paid)", {"paid"}),
        ("span_count:2", {"ok"}),
        ("span_score.tone:0.5", {"ok"}),
        # Scores.
        ("score.accuracy<0.5", {"failed"}),
        ("score.ACCURACY:0.9", {"ok"}),
        ("score.accuracy:0.25..<0.9", {"failed"}),
        ("score.accuracy:0.25..0.9", {"failed", "ok"}),
        ('score."how good, really">3', {"paid"}),
        ("score.accuracy:* -score.accuracy:1", {"ok", "failed"}),
        ("-score.accuracy:* name:(ok, running)", {"running"}),
        # Or and Not over what is joined from different places.
        ("score.accuracy>0.95 OR model:gpt-4o-mini", {"paid", "failed"}),
        ("-(score.accuracy>0.5 OR -model:*)", {"failed"}),
        ("(status:running OR cost>0.5) -score.accuracy:1", {"running", "ok"}),
        ("NOT (model:* OR score.accuracy:*) thread:*", {"messages", "trial"}),
        ("name:running OR (model:gpt-4o score.accuracy:0.9)", {"running", "ok"}),
        # Metadata and payloads.
        ("metadata.tier:GOLD", {"paid"}),
        ("metadata.n>5", {"messages"}),
        ("metadata.n:5..13", {"paid", "messages"}),
        ('metadata."odd key":"1..5"', {"messages"}),
        ("metadata.a.b[*]:y", {"paid"}),
        ("metadata.a.b[0]:x", {"paid"}),
        ("metadata:gold", {"paid"}),
        ("-metadata.tier:* thread:t-1", {"messages"}),
        ("user:ann", {"paid"}),
        ("user:(ann, bob)", {"paid", "messages"}),
        ("user:* -user:ann", {"messages"}),
        ("input.messages[0].role:user", {"messages"}),
        ("input.messages[*].role:tool", {"messages"}),
        ("input:refund", {"running"}),
        ("input:*refund*", {"running"}),
        ('output:"\\"refund\\""', {"paid"}),
        ("input:w*ere*refund*", set()),
        ("input:*where*refund*", {"running"}),
        # Free text.
        ("refund", {"running", "paid"}),
        ("REFUND paid", {"paid"}),
        ("refund OR hello", {"running", "paid", "messages"}),
        ("refund -where", {"paid"}),
        ('"was paid"', {"paid"}),
        ("ref*id", {"paid"}),
        ("blue", {"ok"}),
        ("nothing-of-the-kind", set()),
    ],
)
def test_a_query_finds_its_traces(world: World, query: str, found: set[str]) -> None:
    assert world.list("trace", query) == found


@pytest.mark.parametrize("key", ODD)
def test_every_sign_is_found_as_it_stands(world: World, key: str) -> None:
    text, start = quote(ODD[key]), quote(ODD[key][:-1])
    assert world.list("trace", f"name:{text} name:({text}, nothing) name:{start}* {text}") == {key}
    assert world.list("trace", f"-name:{text}") == ALL - {key}
    assert world.list("trace", f"name!={text} OR name:{start}*") == ALL


def test_odd_values_of_free_text_are_no_patterns(world: World) -> None:
    assert world.list("trace", '"a*b"') == {"star"}
    assert world.list("trace", '"100%"') == {"percent", "failed"}
    assert world.list("trace", "under_score") == {"underscore"}
    assert world.list("trace", "ÜNÏCÔDÉ") == {"unicode"}
    assert world.list("trace", '"日本"') == {"unicode"}
    assert world.list("trace", "name:u*_*e") == {"underscore"}
    assert world.list("trace", 'name:*"*"*') == {"star"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"call", "again", "broken", "search"}),
        ("type:llm", {"call", "again", "broken"}),
        ("-type:llm", {"search"}),
        ("model:gpt-4o*", {"call", "broken"}),
        ("provider:openai tokens>50", {"call"}),
        ("cost:0.25..0.5", {"call", "again"}),
        ("-cost:*", {"broken", "search"}),
        ("score.tone>0 OR name:search OR type:tool", {"call", "search"}),
        ("-(score.tone:* OR type:tool)", {"again", "broken"}),
        ('name:"look*up"', {"search"}),
        ("status:ok model:claude*", {"again"}),
        ("span_not_there", set()),
    ],
)
def test_a_query_finds_its_spans(world: World, query: str, found: set[str]) -> None:
    assert world.list("span", query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"t-1", "t-2"}),
        ("id:t-1", {"t-1"}),
        ("thread:(t-1, t-9)", {"t-1"}),
        ("status:active", {"t-1", "t-2"}),
        ("-status:active", set()),
        ("messages>2", {"t-1"}),
        ("score.mood:3", {"t-1"}),
        ("-score.mood:*", {"t-2"}),
        ("score.mood>5 OR duration<5s", {"t-2"}),
        ("user:ann", {"t-1"}),
        ("user:bob user:ann", {"t-1"}),
        ("-user:ann", {"t-2"}),
        ("user!=ann", {"t-2"}),
        ("user:*", {"t-1"}),
        ("-user:*", {"t-2"}),
        ("hello", {"t-1"}),
        ("-hello", {"t-2"}),
        ("hello OR t-2", {"t-1", "t-2"}),
        ("he*lo", {"t-1"}),
        ("first_message:refund", set()),
        ("last_message:refund OR id:t-2", {"t-2"}),
    ],
)
def test_a_query_finds_its_threads(world: World, query: str, found: set[str]) -> None:
    assert world.list("thread", query) == found


def test_a_query_stands_beside_filters_and_both_must_be_met(world: World) -> None:
    filters = json.dumps([{"field": "tags", "operator": "contains", "value": "blue"}])
    assert world.list("trace", "name:(ok, failed)", filters=filters) == {"ok"}
    assert world.list("trace", "name:failed", filters=filters) == set()


def test_streams_and_statistics_take_the_same_query(world: World) -> None:
    assert world.search("trace", "status:error OR refund") == {"failed", "running", "paid"}
    assert world.search("span", "model:gpt*") == {"call", "broken"}
    assert world.search("thread", "user:bob") == {"t-1"}
    for entity, query, count in (
        ("trace", "model:gpt*", 2),
        ("span", "type:tool", 1),
        ("thread", "-user:*", 1),
    ):
        stats = world.ask(entity, query, route="/stats").json["stats"]
        assert next(s for s in stats if s["name"] == f"{entity}_count")["value"] == count


def test_charts_and_key_figures_take_the_same_query(world: World) -> None:
    period = {"interval_start": "2026-01-31T00:00:00Z", "interval_end": "2026-02-01T00:00:00Z"}
    path = f"{API}/projects/{world.project_id}"
    for metric, query, value in (
        ("TRACE_COUNT", "model:gpt* OR refund", 4),
        ("SPAN_COUNT", "type:llm -model:claude*", 2),
        ("THREAD_COUNT", "user:ann", 1),
    ):
        body = {"metric_type": metric, "interval": "TOTAL", "query": query, **period}
        answer = world.server.post(f"{path}/metrics", body)
        assert answer.status == 200, answer.body
        (series,) = answer.json["results"]
        assert [point["value"] for point in series["data"]] == [value]
    body = {"entity_type": "traces", "query": "status:(error, running)", **period}
    cards = world.server.post(f"{path}/kpi-cards", body).json["stats"]
    found = {card["type"]: card["current_value"] for card in cards}
    assert (found["count"], found["errors"]) == (2, 50)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "traces"),
        ("GET", "spans/stats"),
        ("GET", "traces/threads"),
        ("POST", "spans/search"),
    ],
)
def test_a_wrong_query_is_refused_with_its_place(world: World, method: str, path: str) -> None:
    asked = f"?project_name={PROJECT}&query=name:a+durration%3E5"
    body = {"project_name": PROJECT, "query": "name:a durration>5"}
    if method == "GET":
        answer = world.server.request("GET", f"{API}/{path}{asked}")
    else:
        answer = world.server.post(f"{API}/{path}", body)
    assert answer.status == 400
    assert "'query', character " in answer.json["message"]
    assert "durration" in answer.json["message"] or "`name`" in answer.json["message"]
