"""Saved views: shared in a project, of one workspace, bounded."""

import uuid
from typing import Any

import pytest

from sightline.core.ids import new_text_id
from tests.contract.http.conftest import Browser, Keyed
from tests.live import LiveServer


@pytest.fixture
def project(server: LiveServer) -> str:
    name = f"p-{uuid.uuid4().hex[:10]}"
    made = server.post("/api/v1/private/projects", {"name": name})
    id: str = made.json["id"]
    return id


def views(server: LiveServer, project: str) -> list[Any]:
    found: list[Any] = server.get(f"/api/console/projects/{project}/views").json["content"]
    return found


def save(server: LiveServer, project: str, name: str, **more: Any) -> Any:
    return server.post(f"/api/console/projects/{project}/views", {"name": name, **more})


def test_a_view_is_saved_listed_changed_and_deleted(server: LiveServer, project: str) -> None:
    state = {"search": '?q=error:true&sort=-duration "quoted"', "columns": ["a", 1, None]}
    made = save(server, project, "slow ones", entity="span", state=state)
    assert made.status == 201
    save(server, project, "Errors")
    found = views(server, project)
    assert [v["name"] for v in found] == ["Errors", "slow ones"]
    assert found[1] == made.json
    assert (found[1]["state"], found[1]["entity"]) == (state, "span")
    assert found[1]["created_by"] == "admin"
    path = f"/api/console/views/{made.json['id']}"
    renamed = server.request("PATCH", path, {"name": "slowest"})
    assert (renamed.json["name"], renamed.json["state"]) == ("slowest", state)
    assert renamed.json["last_updated_at"] > renamed.json["created_at"]
    changed = server.request("PATCH", path, {"state": {"search": ""}})
    assert (changed.json["name"], changed.json["state"]) == ("slowest", {"search": ""})
    assert server.request("DELETE", path).status == 204
    assert server.request("DELETE", path).status == 404
    assert [v["name"] for v in views(server, project)] == ["Errors"]


def test_a_name_is_there_once(server: LiveServer, project: str) -> None:
    assert save(server, project, "mine").status == 201
    again = save(server, project, "MINE")
    assert (again.status, again.json["code"]) == (409, "conflict")
    other = save(server, project, "other").json
    answer = server.request("PATCH", f"/api/console/views/{other['id']}", {"name": "Mine"})
    assert answer.status == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": " "}, "name"),
        ({}, "name"),
        ({"name": "x", "state": "text"}, "state"),
        ({"name": "x", "state": {"search": "x" * 17_000}}, "state"),
        ({"name": "x", "entity": "run"}, "entity"),
    ],
)
def test_what_cannot_be_a_view_is_told_so(
    server: LiveServer, project: str, body: dict[str, Any], field: str
) -> None:
    answer = server.post(f"/api/console/projects/{project}/views", body)
    assert answer.status == 422
    assert field in answer.json["fields"][0]


def test_a_project_has_room_for_so_many(server: LiveServer, project: str) -> None:
    for n in range(200):
        assert save(server, project, f"v{n}").status == 201
    full = save(server, project, "one more")
    assert full.status == 422
    assert "200" in full.json["detail"]


def test_views_go_with_their_project(server: LiveServer, project: str) -> None:
    made = save(server, project, "gone").json
    assert server.request("DELETE", f"/api/v1/private/projects/{project}").status == 204
    answer = server.request("PATCH", f"/api/console/views/{made['id']}", {"name": "x"})
    assert answer.status == 404
    assert save(server, new_text_id(), "nowhere").status == 404


def test_a_view_of_another_workspace_is_not_there(keyed: Keyed) -> None:
    ours, theirs = Browser(keyed.server), Browser(keyed.server)
    ours.sign_in(keyed.key("write", workspace="views-ours"))
    theirs.sign_in(keyed.key("admin", workspace="views-theirs"))
    project = ours.send("POST", "/api/v1/private/projects", {"name": "p"}).json["id"]
    base = f"/api/console/projects/{project}/views"
    view = ours.send("POST", base, {"name": "v"}).json
    assert theirs.get(base).status == 404
    assert theirs.send("POST", base, {"name": "w"}).status == 404
    for method in ("PATCH", "DELETE"):
        assert theirs.send(method, f"/api/console/views/{view['id']}", {}).status == 404
    reader = Browser(keyed.server)
    reader.sign_in(keyed.key("read", workspace="views-ours"))
    assert [v["name"] for v in reader.get(base).json["content"]] == ["v"]
    assert reader.send("POST", base, {"name": "w"}).status == 403
