"""OpenRouter's own client manages the gateway unmodified."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live import LiveServer, run_client

DRIVER = Path(__file__).parent / "drivers" / "management.py"
FORBIDDEN = "Only management keys can perform this operation"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("management") / "data") as server:
        yield server


def drive(server: LiveServer, key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        run_client("openrouter", DRIVER, f"{server.url}/api/v1", key)
    )
    return found


def make_key(server: LiveServer, **wanted: Any) -> str:
    answer = server.post("/api/v1/keys", {"name": "k", **wanted})
    assert answer.status == 201, answer.body
    return str(answer.json["key"])


@pytest.fixture(scope="module")
def managed(gateway: LiveServer) -> dict[str, Any]:
    return drive(gateway, make_key(gateway, is_management=True))


def test_every_answer_is_what_the_client_expects(managed: dict[str, Any]) -> None:
    failed = {label: step["error"] for label, step in managed.items() if "error" in step}
    assert set(failed) == {"get deleted", "no preset", "no generation", "rerank"}


def test_models_and_endpoints(managed: dict[str, Any]) -> None:
    models = managed["models"]["value"]["data"]
    assert [model["id"] for model in models] == ["sightline/echo"]
    assert models[0]["pricing"]["prompt"] == "0"
    assert managed["count"]["value"]["data"]["count"] == 1
    (endpoint,) = managed["endpoints"]["value"]["data"]["endpoints"]
    assert endpoint["provider_name"] == "Sightline"
    assert managed["providers"]["value"]["data"][0]["slug"] == "sightline"


def test_keys(managed: dict[str, Any]) -> None:
    made = managed["create"]["value"]
    assert made["key"].startswith("sk-sl-v1-")
    data = made["data"]
    assert (data["limit"], data["limit_remaining"], data["limit_reset"]) == (2.5, 2.5, "monthly")
    assert managed["update"]["value"]["data"]["name"] == "new"
    assert managed["update"]["value"]["data"]["limit"] is None
    listed = {
        label: {key["hash"] for key in managed[label]["value"]["data"]}
        for label in ("list", "list enabled", "list all")
    }
    assert data["hash"] in listed["list"]
    assert data["hash"] not in listed["list enabled"]
    assert data["hash"] in listed["list all"]
    assert made["key"] not in json.dumps({k: v for k, v in managed.items() if k != "create"})
    assert managed["delete"]["value"] == {"deleted": True}
    assert managed["get deleted"]["status"] == 404
    own = managed["key"]["value"]["data"]
    assert (own["is_management_key"], own["limit"]) == (True, None)


def test_presets(managed: dict[str, Any]) -> None:
    version = managed["preset"]["value"]["data"]["designated_version"]
    assert version["system_prompt"] == "Be nice"
    assert version["config"] == {"model": "sightline/echo", "temperature": 0.5}
    assert managed["presets"]["value"]["total_count"] == 1
    assert managed["no preset"]["status"] == 404


def test_what_is_not_built_says_so_by_name(managed: dict[str, Any]) -> None:
    assert managed["rerank"]["status"] == 501
    assert "createRerank" in managed["rerank"]["body"]


def test_a_key_that_may_only_call_manages_nothing(gateway: LiveServer) -> None:
    found = drive(gateway, make_key(gateway, limit=1))
    for label in ("create", "credits", "activity", "save preset"):
        assert found[label]["status"] == 403, label
        assert FORBIDDEN in found[label]["body"]
    assert found["key"]["value"]["data"]["limit"] == 1
    assert "value" in found["models"]


def test_a_key_that_is_not_ours_is_refused(gateway: LiveServer) -> None:
    found = drive(gateway, "sk-sl-v1-" + "0" * 64)
    assert {step.get("status") for step in found.values()} - {501} == {401}
