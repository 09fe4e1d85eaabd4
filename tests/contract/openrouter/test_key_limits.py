"""What a key may spend, counted by real calls: at once, across a crash, and read back."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sightline.core.ids import format_id, new_id
from sightline.domain.generation import generation_id
from tests.contract.reading import until
from tests.fakes.upstream import Upstream
from tests.live import Answer, LiveServer
from tests.modes import of_one_process, of_stores_in_the_folder

V1 = "/api/v1"
CONSOLE = "/api/console/gateway"
ALLOW = {"SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true"}


@contextmanager
def paid(folder: Path) -> Iterator[LiveServer]:
    """Serve a model `paid` that costs a dollar a call."""
    with Upstream() as upstream, LiveServer(folder / "data", env=ALLOW) as server:
        provider = server.post(
            f"{CONSOLE}/providers", {"slug": "acme", "base_url": upstream.base_url, "api_key": "k"}
        ).json
        endpoint = {
            "provider_id": provider["id"],
            "upstream_model": "any",
            "prices": {"request": "1"},
        }
        made = server.post(f"{CONSOLE}/models", {"slug": "paid", "endpoints": [endpoint]})
        assert made.status == 201, made.body
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with the model `paid`; each test makes keys of its own."""
    with paid(tmp_path_factory.mktemp("paid")) as server:
        yield server


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[LiveServer]:
    """The same for a test that kills its server, and counts across keys."""
    with paid(tmp_path) as server:
        yield server


def make(server: LiveServer, **wanted: Any) -> tuple[str, str]:
    made = server.post(f"{V1}/keys", {"name": "k", **wanted}).json
    return made["key"], made["data"]["hash"]


def call(server: LiveServer, key: str, model: str = "paid") -> Answer:
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
    return server.post(f"{V1}/chat/completions", body, headers={"Authorization": f"Bearer {key}"})


# Others let some through before they hear of these: see tests/servers.
@of_one_process
def test_a_limit_stops_calls_and_a_crash_forgets_nothing(alone: LiveServer) -> None:
    key, hash = make(alone, limit=2, limit_reset="monthly")
    assert call(alone, key).json["usage"]["cost"] == 1
    assert call(alone, key).status == 200
    refused = call(alone, key)
    assert refused.status == 402
    error = refused.json["error"]
    assert (error["code"], error["metadata"]["error_type"]) == (402, "payment_required")
    assert error["message"].startswith("Key limit exceeded (monthly limit)")

    alone.kill()
    alone.start()

    def shown() -> dict[str, Any] | None:
        data: dict[str, Any] = alone.get(f"{V1}/keys/{hash}").json["data"]
        return data if data["usage"] >= 2 else None

    data = until(shown, lambda: str(alone.get(f"{V1}/keys/{hash}").json))
    assert (data["usage"], data["limit_remaining"], data["usage_monthly"]) == (2, 0, 2)
    assert call(alone, key).status == 402
    assert alone.get(f"{V1}/credits").json["data"]["total_usage"] == 2
    (row,) = alone.get(f"{V1}/activity").json["data"]
    assert (row["model"], row["requests"], row["usage"]) == ("acme/any", 2, 2)

    raised = alone.request("PATCH", f"{V1}/keys/{hash}", {"limit": 3})
    assert raised.json["data"]["limit_remaining"] == 1
    assert call(alone, key).status == 200
    assert call(alone, key).status == 402


def test_rates_models_and_states_of_a_key(server: LiveServer) -> None:
    key, hash = make(server, rpm=2, allowed_models=["sightline/*"])
    assert call(server, key).status in {403, 404}
    assert call(server, key, "sightline/echo").status == 200
    while (limited := call(server, key, "sightline/echo")).status == 200:
        pass
    assert limited.status == 429
    assert 1 <= int(limited.headers["retry-after"]) <= 60

    def is_refused() -> bool:
        return call(server, key, "sightline/echo").status == 401

    server.request("PATCH", f"{V1}/keys/{hash}", {"disabled": True})
    # Another process hears of it a moment later.
    until(is_refused, lambda: "a disabled key calls")
    server.request("DELETE", f"{V1}/keys/{hash}")
    until(is_refused, lambda: "a key that is gone calls")


def test_a_key_reads_its_own_calls_alone(server: LiveServer) -> None:
    mine, _ = make(server, name="same")
    other, _ = make(server, name="same")
    management, _ = make(server, is_management=True)
    id = call(server, mine, "sightline/echo").json["id"]

    def read(key: str, path: str, id: str = id) -> Answer:
        headers = {"Authorization": f"Bearer {key}"}
        return server.get(f"{V1}/{path}?id={id}", headers=headers)

    def is_there(path: str) -> bool:
        return read(mine, path).status == 200

    unknown = f"{id[:-4]}0000"
    for path in ("generation", "generation/content"):
        until(partial(is_there, path), lambda: f"no generation {id}")
        assert read(management, path).status == 200
        assert server.get(f"{V1}/{path}?id={id}").status == 200
        refused, nothing = read(other, path), read(other, path, unknown)
        assert (refused.status, nothing.status) == (404, 404)
        assert refused.json["error"]["message"] == f"Generation {id} not found"
        assert refused.json["error"]["code"] == nothing.json["error"]["code"]


@of_stores_in_the_folder
def test_keys_that_look_the_same_read_no_calls_of_each_other(server: LiveServer) -> None:
    (mine, hash), (other, others_hash) = make(server), make(server)
    with sqlite3.connect(server.data / "catalog.db") as catalog:
        catalog.execute(
            "UPDATE gateway_keys SET label = (SELECT label FROM gateway_keys WHERE key_hash = ?)"
            " WHERE key_hash = ?",
            (bytes.fromhex(hash), bytes.fromhex(others_hash)),
        )
    catalog.close()
    labels = {server.get(f"{V1}/keys/{each}").json["data"]["label"] for each in (hash, others_hash)}
    assert len(labels) == 1
    id = call(server, mine, "sightline/echo").json["id"]

    def read(key: str, id: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return server.get(f"{V1}/generation?id={id}", headers=headers).status

    until(lambda: read(mine, id) == 200, lambda: f"no generation {id}")
    assert read(other, id) == 404


def test_calls_of_older_versions_are_known_by_the_label_of_their_key(server: LiveServer) -> None:
    (mine, hash), (other, _) = make(server), make(server)
    label = server.get(f"{V1}/keys/{hash}").json["data"]["label"]
    span_id = new_id()
    id = generation_id(span_id)
    span = {
        "id": format_id(span_id),
        "trace_id": format_id(new_id()),
        "name": "m",
        "type": "llm",
        "start_time": "2026-11-26T12:00:00Z",
        "metadata": {"gateway": {"key": {"name": "k", "label": label}}},
    }
    assert server.post("/api/v1/private/spans", span).status == 201

    def read(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return server.get(f"{V1}/generation?id={id}", headers=headers).status

    until(lambda: read(mine) == 200, lambda: f"no generation {id}")
    assert read(other) == 404


def test_a_call_is_read_back_by_its_id(server: LiveServer) -> None:
    key, _ = make(server, metadata={"opik": {"project_name": "shop", "tags": ["a"]}})
    answer = call(server, key)
    id = answer.json["id"]
    assert answer.headers["x-generation-id"] == id

    def read() -> Answer | None:
        found = server.get(f"{V1}/generation?id={id}")
        return found if found.status == 200 else None

    found = until(read, lambda: f"no generation {id}").json["data"]
    assert (found["id"], found["model"], found["total_cost"]) == (id, "paid", 1)
    assert found["provider_name"] == "acme"
    assert found["tokens_prompt"] is not None
    content = server.get(f"{V1}/generation/content?id={id}").json["data"]
    assert content["input"]["messages"][0]["content"] == "hi"
    assert content["output"]["completion"] == answer.json["choices"][0]["message"]["content"]
    spans = server.get("/api/v1/private/spans?project_name=shop").json["content"]
    assert [span["tags"] for span in spans] == [["a"]]
