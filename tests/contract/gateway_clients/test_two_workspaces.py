"""Keys of one workspace see nothing of another: calls, lookups, keys, presets, destinations."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.contract.gateway_clients.conftest import Upstreams
from tests.contract.reading import Reader, make_key, until
from tests.fakes import openai_api
from tests.fakes.destination import Receiver
from tests.live import Answer, LiveServer
from tests.modes import of_one_process


class Side(NamedTuple):
    """A workspace: a key of the server that manages, and a gateway key that calls."""

    server: LiveServer
    admin: str
    key: str

    def get(self, path: str, key: str = "") -> Answer:
        return self.server.get(path, headers={"Authorization": f"Bearer {key or self.admin}"})

    def post(self, path: str, body: Any, key: str = "") -> Answer:
        sent = {"Authorization": f"Bearer {key or self.admin}"}
        return self.server.post(path, body, headers=sent)

    def chat(self, model: str, **fields: Any) -> Answer:
        body = {"model": model, "messages": [{"role": "user", "content": "Hello"}], **fields}
        return self.post("/api/v1/chat/completions", body, self.key)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    data = tmp_path_factory.mktemp("two") / "data"
    env = {"SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true", "SIGHTLINE_AUTH__KEYS": "on"}
    with LiveServer(data, env=env) as server:
        yield server


def side(server: LiveServer, workspace: str) -> Side:
    admin = make_key(server, workspace=workspace, role="admin")
    sent = {"Authorization": f"Bearer {admin}"}
    body = {"name": f"caller of {workspace}"}
    made = server.post("/api/v1/keys", body, headers=sent)
    assert made.status == 201, made
    return Side(server, admin, made.json["key"])


@pytest.fixture(scope="module")
def acme(server: LiveServer) -> Side:
    return side(server, "acme")


@pytest.fixture(scope="module")
def rival(server: LiveServer) -> Side:
    return side(server, "rival")


@pytest.fixture(scope="module")
def model(acme: Side, upstreams: Upstreams) -> str:
    """A model that acme alone has, made by the API as its page makes it."""
    body = {
        "slug": "acme-openai",
        "name": "Acme's OpenAI",
        "dialect": "openai",
        "base_url": upstreams.openai.base_url,
        "api_key": openai_api.KEY,
    }
    made = acme.post("/api/console/gateway/providers", body)
    assert made.status == 201, made
    assert openai_api.KEY not in made.body.decode()
    endpoint = {"provider_id": made.json["id"], "upstream_model": "gpt-4o-mini"}
    made = acme.post("/api/console/gateway/models", {"slug": "acme/mini", "endpoints": [endpoint]})
    assert made.status == 201, made
    return "acme/mini"


def test_models_and_providers(acme: Side, rival: Side, model: str) -> None:
    assert acme.chat(model).json["choices"][0]["message"]["content"] == openai_api.TEXT
    refused = rival.chat(model)
    assert (refused.status, refused.json["error"]["code"]) == (400, 400)

    def ids(side: Side) -> set[str]:
        return {m["id"] for m in side.get("/api/v1/models", side.key).json["data"]}

    assert model in ids(acme)
    assert model not in ids(rival)
    assert rival.get("/api/v1/models/acme/mini/endpoints").status == 404
    assert rival.get("/api/console/gateway/providers").json["content"] == []


def test_calls_and_their_traces(acme: Side, rival: Side, model: str) -> None:
    id = acme.chat(model).json["id"]
    path = f"/api/v1/generation?id={id}"
    found = until(
        lambda: acme.get(path) if acme.get(path).status == 200 else None,
        lambda: "the call cannot be looked up",
    )
    assert found.json["data"]["total_cost"] == pytest.approx(7.8e-6)
    for key in (rival.admin, rival.key):
        assert rival.get(path, key).status == 404
        assert rival.get(f"/api/v1/generation/content?id={id}", key).status == 404
    mine = Reader(acme.server, {"Authorization": acme.admin, "Comet-Workspace": "acme"})
    until(lambda: mine.traces("Default Project"), lambda: "no trace")
    other = Reader(acme.server, {"Authorization": rival.admin, "Comet-Workspace": "rival"})
    assert id in str(mine.traces("Default Project"))
    assert id not in str(other.traces("Default Project"))
    # Nor by naming the other workspace.
    crossed = {"Authorization": rival.admin, "Comet-Workspace": "acme"}
    assert acme.server.get("/api/v1/private/traces", headers=crossed).status in (401, 403)
    body = {"model": "sightline/echo", "messages": [{"role": "user", "content": "x"}]}
    crossed = {"Authorization": f"Bearer {rival.key}", "Comet-Workspace": "acme"}
    assert acme.server.post("/v1/chat/completions", body, headers=crossed).status == 403


def test_gateway_keys_open_no_other_door(acme: Side) -> None:
    for path in ("/api/v1/private/traces", "/api/console/gateway/providers", "/api/v1/keys"):
        assert acme.get(path, acme.key).status in (401, 403), path
    assert acme.server.get("/api/v1/models").status == 401
    echo = {"model": "sightline/echo", "messages": [{"role": "user", "content": "x"}]}
    assert acme.server.post("/v1/chat/completions", echo).status == 401


def test_keys_spend_and_activity(acme: Side, rival: Side, model: str) -> None:
    acme.chat(model)
    listed = acme.get("/api/v1/keys").json["data"]
    (hash,) = (key["hash"] for key in listed if key["name"] == "caller of acme")
    assert rival.get(f"/api/v1/keys/{hash}").status == 404
    assert hash not in rival.get("/api/v1/keys").body.decode()
    sent = {"Authorization": f"Bearer {rival.admin}"}
    deleted = rival.server.request("DELETE", f"/api/v1/keys/{hash}", headers=sent)
    assert deleted.status == 404
    assert acme.chat(model).status == 200
    until(
        lambda: acme.get("/api/v1/credits").json["data"]["total_usage"] > 0,
        lambda: "nothing was spent",
    )
    assert rival.get("/api/v1/credits").json["data"]["total_usage"] == 0
    until(lambda: acme.get("/api/v1/activity").json["data"], lambda: "no activity")
    assert rival.get("/api/v1/activity").json["data"] == []


def test_presets(acme: Side, rival: Side, model: str) -> None:
    body = {"slug": "house", "system_prompt": "Be kind.", "config": {"model": model}}
    assert acme.post("/api/v1/presets", body).status == 201
    assert acme.chat("@preset/house").status == 200
    assert rival.chat("@preset/house").status == 404
    assert rival.get("/api/v1/presets/house").status == 404
    assert rival.get("/api/v1/presets").json["data"] == []


def test_destinations(acme: Side, rival: Side, model: str) -> None:
    with Receiver() as receiver:
        body = {"type": "webhook", "name": "hook", "config": {"url": receiver.url}}
        made = acme.post("/api/v1/observability/destinations", body)
        assert made.status == 201, made
        id = made.json["data"]["id"]
        assert rival.get(f"/api/v1/observability/destinations/{id}").status == 404
        assert rival.get("/api/v1/observability/destinations").json["data"] == []
        theirs = rival.chat("sightline/echo").json["id"]
        ours = acme.chat(model).json["id"]
        until(lambda: ours in receiver.ids, lambda: "nothing came")
        assert theirs not in receiver.ids


@of_one_process
def test_the_response_cache(acme: Side, rival: Side) -> None:
    """The same request of two workspaces is two calls."""
    body = {"model": "sightline/echo", "messages": [{"role": "user", "content": "cache me"}]}
    told = []
    for one in (acme, rival, acme):
        sent = {"Authorization": f"Bearer {one.key}", "X-OpenRouter-Cache": "true"}
        answer = one.server.post("/api/v1/chat/completions", body, headers=sent)
        told.append(answer.headers["x-openrouter-cache-status"])
    assert told == ["MISS", "MISS", "HIT"]
