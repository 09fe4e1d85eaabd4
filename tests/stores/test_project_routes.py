"""Projects, their figures and the workspace's settings, over HTTP from a real server."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from sightline.core.clock import SystemClock
from sightline.core.ids import format_id, new_id, new_text_id
from sightline.domain.workspace import Role
from sightline.services.workspace.api_keys import ApiKeys
from sightline.services.workspace.directory import Directory
from sightline.stores.catalog.engine import Catalog
from sightline.stores.catalog.migrate import migrate
from tests.live import Answer, LiveServer, live

API = "/api/v1/private"
PERIOD = {"interval_start": "2026-03-02T00:00:00Z", "interval_end": "2026-03-04T00:00:00Z"}


@pytest.fixture(scope="module")
def opik(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server without keys, whose workspace is this module's alone."""
    with live(tmp_path_factory.mktemp("open") / "data") as server:
        yield server


def make(server: LiveServer, name: str) -> str:
    """Create a project and return its id."""
    answer = server.post(f"{API}/projects", {"name": name})
    assert answer.status == 201, answer.body
    assert answer.headers["location"].endswith(f"{API}/projects/{answer.json['id']}")
    return str(answer.json["id"])


def log(server: LiveServer, project: str, at: str = "2026-03-02T10:00:00Z", **fields: Any) -> str:
    """Send a trace to a project and return its id."""
    trace = {"id": new_text_id(), "project_name": project, "start_time": at, **fields}
    assert server.post(f"{API}/traces/batch", {"traces": [trace]}).status == 204
    return str(trace["id"])


def sorted_by(field: str, direction: str = "DESC") -> str:
    return quote(json.dumps([{"field": field, "direction": direction}]))


def names(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [item["name"] for item in answer.json["content"]]


def test_project_lives_from_creation_to_deletion(opik: LiveServer) -> None:
    name = 'it\'s "a" project'
    id = make(opik, name)
    found = opik.get(f"{API}/projects/{id}").json
    assert (found["id"], found["name"], found["visibility"]) == (id, name, "private")
    assert found["description"] is None
    assert found["created_by"] == found["last_updated_by"] == "admin"
    assert opik.post(f"{API}/projects", {"name": name.upper()}).status == 409
    change = {"description": "d", "visibility": "public"}
    assert opik.request("PATCH", f"{API}/projects/{id}", change).status == 204
    found = opik.post(f"{API}/projects/retrieve", {"name": name.upper()}).json
    assert (found["description"], found["visibility"]) == ("d", "public")
    assert "trace_count" not in found
    assert opik.request("DELETE", f"{API}/projects/{id}").status == 204
    assert opik.request("DELETE", f"{API}/projects/{id}").status == 204
    gone = opik.get(f"{API}/projects/{id}")
    assert (gone.status, gone.json) == (404, {"code": 404, "message": "Project not found"})
    assert opik.post(f"{API}/projects/retrieve", {"name": name}).status == 404
    assert opik.request("PATCH", f"{API}/projects/{id}", change).status == 404


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"name": " "}, "name must not be blank"),
        ({"name": "n" * 256}, "name size must be between 1 and 255"),
        ({"name": "n", "description": "d" * 256}, "description size must be between 0 and 255"),
    ],
)
def test_project_that_breaks_a_rule_is_refused(
    opik: LiveServer, body: dict[str, str], error: str
) -> None:
    answer = opik.post(f"{API}/projects", body)
    assert answer.status == 422
    assert answer.json["errors"] == [error]


def test_deleting_a_project_deletes_what_is_in_it(opik: LiveServer) -> None:
    ids = [make(opik, f"doomed {n}") for n in range(2)]
    kept = make(opik, "kept")
    for name in ("doomed 0", "doomed 1", "kept"):
        log(opik, name)
    assert opik.post(f"{API}/projects/delete", {"ids": ids}).status == 204
    assert opik.post(f"{API}/projects/delete", {"ids": []}).status == 422
    again = make(opik, "doomed 0")
    counts = {
        item["project_id"]: item["trace_count"]
        for item in opik.get(f"{API}/projects/stats?size=100").json["content"]
    }
    assert not counts.keys() & set(ids)
    assert (counts[again], counts[kept]) == (0, 1)


def test_list_is_paged_searched_and_sorted_also_by_the_last_trace(opik: LiveServer) -> None:
    for name in ("sort B", "sort a", "sort C"):
        make(opik, name)
    log(opik, "sort a", last_updated_at="2026-03-02T10:00:00Z")
    log(opik, "sort C", last_updated_at="2026-03-02T09:00:00Z")
    base = f"{API}/projects?name=SORT"
    assert names(opik.get(base)) == ["sort C", "sort a", "sort B"]
    assert names(opik.get(f"{base}&sorting={sorted_by('name', 'ASC')}")) == [
        "sort a",
        "sort B",
        "sort C",
    ]
    last = opik.get(f"{base}&sorting={sorted_by('last_updated_trace_at', 'ASC')}")
    assert names(last) == ["sort C", "sort a", "sort B"]
    assert last.json["content"][1]["last_updated_trace_at"] == "2026-03-02T10:00:00.000000Z"
    assert last.json["content"][2]["last_updated_trace_at"] is None
    second = opik.get(f"{base}&sorting={sorted_by('last_updated_trace_at')}&page=2&size=2").json
    assert [p["name"] for p in second["content"]] == ["sort C"]
    assert (second["page"], second["size"], second["total"]) == (2, 1, 3)
    assert "last_updated_trace_at" in second["sortableBy"]
    assert opik.get(f"{base}&sorting={sorted_by('nonsense')}").status == 400
    assert opik.get(f"{base}&sorting=nonsense").status == 400
    assert opik.get(f"{base}&page=0").status == 422


def test_stats_go_with_the_same_page_of_the_list(opik: LiveServer) -> None:
    for name in ("stats 1", "stats 2"):
        make(opik, name)
    log(opik, "stats 1", end_time="2026-03-02T10:00:02Z", thread_id="t")
    log(opik, "stats 1", name="other", error_info={"exception_type": "E", "traceback": ""})
    query = f"name=stats&size=1&page=2&sorting={sorted_by('name')}"
    (project,) = opik.get(f"{API}/projects?{query}").json["content"]
    (item,) = opik.get(f"{API}/projects/stats?{query}").json["content"]
    assert item == {
        "project_id": project["id"],
        "feedback_scores": [],
        "duration": {"p50": 2000.0, "p90": 2000.0, "p99": 2000.0},
        "total_estimated_cost": 0.0,
        "total_estimated_cost_sum": 0.0,
        "usage": {},
        "trace_count": 2,
        "thread_count": 1,
        "guardrails_failed_count": 0,
        "error_count": item["error_count"],
    }
    assert item["error_count"]["count"] == 1
    filters = quote(json.dumps([{"field": "name", "operator": "=", "value": "other"}]))
    (item,) = opik.get(f"{API}/projects/stats?{query}&filters={filters}").json["content"]
    assert item["trace_count"] == 1
    with_stats = opik.post(f"{API}/projects/retrieve", {"name": "stats 1", "includeStats": True})
    assert with_stats.json["trace_count"] == 2


def test_metric_fills_every_bucket_of_the_period(opik: LiveServer) -> None:
    id = make(opik, "charted")
    log(opik, "charted", tags=["x"])
    body = {"metric_type": "TRACE_COUNT", "interval": "DAILY", **PERIOD}
    assert opik.post(f"{API}/projects/{id}/metrics", body).json == {
        "project_id": id,
        "metric_type": "TRACE_COUNT",
        "interval": "DAILY",
        "results": [
            {
                "name": "traces",
                "data": [
                    {"time": "2026-03-02T00:00:00.000000Z", "value": 1.0},
                    {"time": "2026-03-03T00:00:00.000000Z", "value": None},
                ],
            }
        ],
    }
    none = {"trace_filters": [{"field": "tags", "operator": "=", "value": "y"}]}
    (line,) = opik.post(f"{API}/projects/{id}/metrics", body | none).json["results"]
    assert {point["value"] for point in line["data"]} == {None}
    split = {"breakdown": {"field": "tags"}}
    (line,) = opik.post(f"{API}/projects/{id}/metrics", body | split).json["results"]
    assert line["name"] == "x"
    for broken, status in (
        ({"metric_type": "NONSENSE"}, 422),
        ({"interval": "YEARLY"}, 422),
        ({"interval_end": PERIOD["interval_start"]}, 400),
        ({"interval": "HOURLY", "interval_start": "1970-01-01T00:00:00Z"}, 400),
        ({"trace_filters": [{"field": "nonsense", "operator": "=", "value": "y"}]}, 400),
        ({"breakdown": {"field": "model"}}, 400),
        ({"breakdown": {"field": "metadata"}}, 422),
    ):
        assert opik.post(f"{API}/projects/{id}/metrics", body | broken).status == status, broken
    assert opik.post(f"{API}/projects/{new_text_id()}/metrics", body).status == 404


def test_key_figures_names_and_activity_of_a_project(opik: LiveServer) -> None:
    id = make(opik, "busy")
    trace = log(opik, "busy", end_time="2026-03-02T10:00:01Z")
    span = {
        "id": new_text_id(), "trace_id": trace, "project_name": "busy", "type": "llm",
        "start_time": "2026-03-02T10:00:00Z", "usage": {"in": 3}, "total_estimated_cost": 0.5,
    }  # fmt: skip
    assert opik.post(f"{API}/spans/batch", {"spans": [span]}).status == 204
    score = {"id": trace, "name": "q", "value": 1, "source": "sdk", "project_name": "busy"}
    put = opik.request("PUT", f"{API}/traces/feedback-scores", {"scores": [score]})
    assert put.status == 204
    cards = {"entity_type": "traces", "filters": "[]", **PERIOD}
    assert opik.post(f"{API}/projects/{id}/kpi-cards", cards).json["stats"] == [
        {"type": "count", "current_value": 1, "previous_value": 0},
        {"type": "errors", "current_value": 0.0, "previous_value": None},
        {"type": "avg_duration", "current_value": 1000.0, "previous_value": None},
        {"type": "total_cost", "current_value": 0.5, "previous_value": 0.0},
    ]
    assert opik.get(f"{API}/projects/{id}/token-usage/names").json == {"names": ["in"]}
    for ids in (quote(json.dumps([id])), id):
        found = opik.get(f"{API}/projects/feedback-scores/names?project_ids={ids}").json
        assert found == {"scores": [{"name": "q"}]}
    assert opik.get(f"{API}/projects/feedback-scores/names?project_ids=x").status == 422
    activity = opik.get(f"{API}/projects/{id}/activities?size=100").json
    # The trace began long ago; the feed looks back thirty days.
    assert activity == {"page": 1, "size": 0, "total": 0, "content": []}
    assert opik.get(f"{API}/projects/{id}/activities?size=101").status == 422


def test_workspace_is_asked_over_all_projects_or_over_some(opik: LiveServer) -> None:
    id = make(opik, "costly")
    trace = log(opik, "costly")
    span = {
        "id": new_text_id(), "trace_id": trace, "project_name": "costly", "type": "llm",
        "start_time": "2026-03-03T10:00:00Z", "usage": {"tokens": 3}, "total_estimated_cost": 2,
    }  # fmt: skip
    assert opik.post(f"{API}/spans/batch", {"spans": [span]}).status == 204
    some = {**PERIOD, "project_ids": [id]}
    days = [
        {"time": "2026-03-02T00:00:00.000000Z", "value": None},
        {"time": "2026-03-03T00:00:00.000000Z", "value": 2.0},
    ]
    ask = f"{API}/workspaces"
    assert opik.post(f"{ask}/costs", some).json == {
        "results": [{"project_id": id, "name": "cost", "data": days}]
    }
    (line,) = opik.post(f"{ask}/costs", PERIOD).json["results"]
    assert line["project_id"] is None
    assert opik.post(f"{ask}/costs/summaries", some).json == {
        "name": "cost", "current": 2.0, "previous": 0.0,
    }  # fmt: skip
    assert opik.post(f"{ask}/metrics/summaries", some).json == {"results": []}
    assert opik.post(f"{ask}/metrics", some).status == 400
    (line,) = opik.post(f"{ask}/metrics", some | {"name": "q"}).json["results"]
    assert {point["value"] for point in line["data"]} == {None}
    spans = some | {"metric_type": "SPAN_TOKEN_USAGE", "interval": "TOTAL"}
    (line,) = opik.post(f"{ask}/metrics/spans", spans).json["results"]
    assert (line["name"], line["data"][0]["value"]) == ("tokens", 3.0)
    assert opik.post(f"{ask}/metrics/spans", spans | {"metric_type": "COST"}).status == 400
    assert opik.post(f"{ask}/token-usage/names", {"project_ids": [id]}).json == {
        "names": ["tokens"]
    }
    # The client sends no body at all when it names no project.
    assert "tokens" in opik.post(f"{ask}/token-usage/names", None).json["names"]


def test_feedback_definitions_keep_the_shape_of_their_type(opik: LiveServer) -> None:
    path = f"{API}/feedback-definitions"
    details = {
        "numerical": {"min": 0.0, "max": 1.5},
        "categorical": {"categories": {"it's": 1.0, "no": 0.0}},
        "boolean": {"trueLabel": "yes", "falseLabel": "no"},
    }
    ids = []
    for type, shape in details.items():
        body = {"type": type, "name": f"a {type}", "details": shape, "description": "d"}
        made = opik.post(path, body)
        assert made.status == 201
        ids.append(made.json["id"])
        found = opik.get(f"{path}/{ids[-1]}").json
        assert (found["type"], found["details"], found["description"]) == (type, shape, "d")
        assert opik.post(path, body).status == 409
        (listed,) = opik.get(f"{path}?type={type}&name=A").json["content"]
        assert listed == found
    assert names(opik.get(f"{path}?size=2")) == ["a boolean", "a categorical"]
    change = {"type": "numerical", "name": "renamed", "details": {"min": 2, "max": 3}}
    assert opik.request("PUT", f"{path}/{ids[2]}", change).status == 204
    assert opik.get(f"{path}/{ids[2]}").json["details"] == {"min": 2.0, "max": 3.0}
    for broken in (
        {"type": "numerical", "name": "n", "details": {"min": 3, "max": 2}},
        {"type": "numerical", "name": "n", "details": details["boolean"]},
        {"type": "categorical", "name": "n", "details": {"categories": {}}},
        {"type": "nonsense", "name": "n", "details": {}},
        {"type": "numerical", "name": " ", "details": {"min": 1, "max": 2}},
        {"type": "numerical", "name": "n"},
    ):
        assert opik.post(path, broken).status == 422, broken
    assert opik.request("DELETE", f"{path}/{ids[0]}").status == 204
    assert opik.post(f"{path}/delete", {"ids": ids}).status == 204
    assert opik.get(f"{path}/{ids[1]}").status == 404
    assert opik.get(path).json["total"] == 0


def test_environments_are_made_changed_and_deleted(opik: LiveServer) -> None:
    path = f"{API}/environments"
    id = format_id(new_id())
    assert opik.post(path, {"id": id, "name": "prod", "color": "red"}).json == {"id": id}
    assert opik.post(path, {"name": "prod"}).status == 409
    assert opik.post(path, {"name": "not good"}).status == 422
    for change in ({"position": 2}, None):
        assert opik.request("PATCH", f"{path}/{id}", change).status == 204
    found = opik.get(f"{path}/{id}").json
    assert (found["name"], found["color"], found["position"]) == ("prod", "red", 2)
    page = opik.get(path).json
    assert (page["page"], page["size"], page["total"]) == (1, 1, 1)
    assert page["content"] == [found]
    assert opik.post(f"{path}/delete", {"ids": [id, new_text_id()]}).status == 204
    assert opik.get(f"{path}/{id}").status == 404
    assert opik.request("PATCH", f"{path}/{id}", {"position": 2}).status == 404


def test_configuration_is_replaced_as_a_whole(opik: LiveServer) -> None:
    path = f"{API}/workspaces/configurations"
    assert opik.get(path).status == 404
    first = {"timeout_to_mark_thread_as_inactive": "PT90M", "color_map": {"a": "#ff0000"}}
    assert opik.request("PUT", path, first).json == {
        "timeout_to_mark_thread_as_inactive": "PT1H30M",
        "truncation_on_tables": None,
        "color_map": {"a": "#ff0000"},
    }
    assert opik.request("PUT", path, {"truncation_on_tables": False}).status == 200
    assert opik.get(path).json == {
        "timeout_to_mark_thread_as_inactive": None,
        "truncation_on_tables": False,
        "color_map": None,
    }
    too_long = {"timeout_to_mark_thread_as_inactive": "P8D"}
    assert opik.request("PUT", path, too_long).status == 422
    assert opik.request("DELETE", path).status == 204
    assert opik.request("DELETE", path).status == 404


def test_redirects_lead_to_pages_of_this_server(opik: LiveServer) -> None:
    id = make(opik, "linked")
    trace = log(opik, "linked")
    base = "/api/v1/session/redirect"
    more = f"path={quote('aHR0cHM6Ly9ldmlsLmV4YW1wbGUv')}&workspace_name=default"
    found = opik.get(f"{base}/projects/?trace_id={trace}&{more}")
    assert found.status == 303
    assert found.headers["location"] == f"/projects/{id}/logs?trace={trace}"
    assert opik.get(f"{base}/projects?trace_id={new_text_id()}&{more}").status == 404
    assert opik.get(f"{base}/projects?trace_id=x&{more}").status == 422
    assert opik.get(f"{base}/projects").status == 400
    for place, query in (
        ("datasets", f"dataset_id={id}"),
        ("experiments", f"dataset_id={id}&experiment_id={trace}"),
        ("optimizations", f"dataset_id={id}&optimization_id={trace}"),
    ):
        found = opik.get(f"{base}/{place}?{query}&{more}")
        assert found.status == 303
        assert found.headers["location"].startswith(f"/{place}/")


def test_toggles_promise_nothing_that_is_not_built(opik: LiveServer) -> None:
    found = opik.get(f"{API}/toggles").json
    assert found.pop("defaultPageSize") == 100
    assert len(found) == 29
    assert not any(found.values())


def test_client_that_configures_itself_needs_no_key_where_there_are_none(
    opik: LiveServer,
) -> None:
    for base in ("/api", "/opik/api"):
        assert opik.post(f"{base}/v1/private/auth", b"").status == 204
        assert opik.get(f"{base}/v1/private/auth/workspace").json == {"workspace_name": "default"}
    assert opik.get("/api/rest/v2/workspaces").json == {"workspaceNames": ["default"]}
    details = opik.get("/api/rest/v2/account-details").json
    assert details == {"userName": "admin", "defaultWorkspaceName": "default"}
    assert opik.post(f"{API}/auth", {}, headers={"Comet-Workspace": "other"}).status == 404


@pytest.fixture(scope="module")
def locked(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[LiveServer, dict[Role, str]]]:
    """A server that asks for keys, and a key of each role in the workspace `team`."""
    data = tmp_path_factory.mktemp("locked") / "data"
    server = LiveServer(data, env={"SIGHTLINE_AUTH__KEYS": "on"})
    catalog = server.extra_env.get("SIGHTLINE_CATALOG__URL", f"sqlite:///{data / 'catalog.db'}")
    keys = asyncio.run(make_keys(catalog))
    with server:
        yield server, keys


async def make_keys(catalog_url: str) -> dict[Role, str]:
    catalog = Catalog.open(catalog_url)
    try:
        migrate(catalog)
        keys = ApiKeys(catalog, Directory(catalog, SystemClock()), SystemClock())
        roles: tuple[Role, ...] = ("read", "write", "admin")
        return {
            role: (await keys.create("team", f"{role}er", role=role)).key.reveal() for role in roles
        }
    finally:
        catalog.close()


Locked = tuple[LiveServer, dict[Role, str]]


def test_key_tells_its_workspace_and_what_it_may_do(locked: Locked) -> None:
    server, keys = locked
    for role, key in keys.items():
        headers = {"Authorization": key}
        assert server.post(f"{API}/auth", b"", headers=headers).status == 204
        details = server.get("/api/rest/v2/account-details", headers=headers).json
        assert details == {"userName": f"{role}er", "defaultWorkspaceName": "team"}
        workspaces = server.get("/api/rest/v2/workspaces", headers=headers).json
        assert workspaces == {"workspaceNames": ["team"]}
        found = server.get(f"{API}/workspace-permissions", headers=headers).json
        assert (found["user_name"], found["workspaceName"]) == (f"{role}er", "team")
        may = {p["permission_name"]: p["permission_value"] == "true" for p in found["permissions"]}
        assert may["project_data_view"]
        assert may["trace_span_thread_log"] == (role != "read")
        assert may["workspace_settings_configure"] == (role == "admin")


def test_wrong_key_and_wrong_workspace_are_told_apart(locked: Locked) -> None:
    server, keys = locked
    for headers, status in (
        ({}, 401),
        ({"Authorization": "nonsense"}, 401),
        ({"Authorization": keys["read"], "Comet-Workspace": "other"}, 403),
        ({"Authorization": keys["read"], "Comet-Workspace": "TEAM"}, 204),
    ):
        assert server.post(f"{API}/auth", b"", headers=headers).status == status, headers
    for path in ("/api/rest/v2/account-details", "/api/rest/v2/workspaces", f"{API}/toggles"):
        assert server.get(path).status == 401


def test_role_decides_what_may_be_changed(locked: Locked) -> None:
    server, keys = locked
    reader, writer, admin = ({"Authorization": keys[r]} for r in ("read", "write", "admin"))
    made = server.post(f"{API}/projects", {"name": "p"}, headers=writer)
    id = made.json["id"]
    cards = {"entity_type": "spans", **PERIOD}
    assert server.post(f"{API}/projects", {"name": "q"}, headers=reader).status == 403
    assert server.request("DELETE", f"{API}/projects/{id}", headers=reader).status == 403
    assert server.post(f"{API}/projects/{id}/kpi-cards", cards, headers=reader).status == 200
    assert server.post(f"{API}/projects/retrieve", {"name": "p"}, headers=reader).status == 200
    path = f"{API}/workspaces/configurations"
    change = {"truncation_on_tables": True}
    assert server.request("PUT", path, change, headers=writer).status == 403
    assert server.request("PUT", path, change, headers=admin).status == 200


def test_link_followed_without_a_key_tells_nothing(locked: Locked) -> None:
    server, keys = locked
    writer = {"Authorization": keys["write"]}
    trace = {"id": new_text_id(), "project_name": "p", "start_time": "2026-03-02T10:00:00Z"}
    assert server.post(f"{API}/traces/batch", {"traces": [trace]}, headers=writer).status == 204
    for id in (trace["id"], new_text_id()):
        found = server.get(f"/api/v1/session/redirect/projects?trace_id={id}&path=x")
        assert (found.status, found.headers["location"]) == (303, f"/traces/{id}")
    link = f"/api/v1/session/redirect/projects?trace_id={trace['id']}&path=x"
    known = server.get(link, headers=writer)
    assert known.headers["location"].startswith("/projects/")
