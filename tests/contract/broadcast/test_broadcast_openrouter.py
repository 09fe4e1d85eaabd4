"""The management API of destinations, by OpenRouter's own client and bare."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.broadcast.conftest import SECRET
from tests.fakes.destination import Receiver, Reply
from tests.live import LiveServer, run_client

BASE = "/api/v1/observability/destinations"
DRIVER = Path(__file__).parent / "drivers" / "destinations.py"


@pytest.fixture(scope="module")
def said(caster: LiveServer) -> dict[str, Any]:
    with Receiver() as receiver:
        receiver.refuse = lambda got: Reply(403, b"no") if got.path.endswith("refuse") else None
        printed = run_client("openrouter", DRIVER, caster.url, receiver.url, SECRET)
        keys = [got.headers.get("x-key") for got in receiver.received if got.method == "PUT"]
        found: dict[str, Any] = {**json.loads(printed), "sent_with_put": keys}
        return found


def test_the_client_reads_what_it_made(said: dict[str, Any]) -> None:
    made = said["made"]
    assert (made["type"], made["name"]) == ("webhook", "From the client")
    assert made["config"]["headers"] == {"X-Key": f"****...{SECRET[-4:]}"}
    assert made["sampling_rate"] == 0.25
    assert made["filter_rules"]["groups"][0]["rules"][0]["value"] == 10
    assert made["regions"] == ["global"]
    assert made["id"] in said["listed"]
    assert said["read"] == "From the client"


def test_the_client_changes_and_a_masked_secret_stays(said: dict[str, Any]) -> None:
    changed = said["changed"]
    assert (changed["name"], changed["enabled"]) == ("Renamed", False)
    assert changed["config"]["method"] == "PUT"
    assert said["sent_with_put"] == [SECRET]


def test_errors_are_those_that_the_client_knows(said: dict[str, Any]) -> None:
    assert [failure and failure[:2] for failure in said["failures"]] == [
        ["ConflictResponseError", 409],
        ["BadRequestResponseError", 400],
        ["BadRequestResponseError", 400],
        ["BadRequestResponseError", 400],
        ["NotFoundResponseError", 404],
    ]
    assert "connection test failed" in said["failures"][3][2]
    assert said["deleted"] == {"deleted": True}


def test_the_list_says_how_many_there_are(caster: LiveServer, receiver: Receiver) -> None:
    made = []
    for n in range(3):
        body = {"type": "otel-collector", "name": f"o{n}", "config": {"endpoint": receiver.url}}
        answer = caster.post(BASE, body)
        assert answer.status == 201, answer
        made.append(answer.json["data"]["id"])
    listed = caster.get(f"{BASE}?offset=1&limit=1").json
    assert (len(listed["data"]), listed["total_count"] >= 3) == (1, True)
    for id in made:
        assert caster.request("DELETE", f"{BASE}/{id}").json == {"deleted": True}
    assert caster.get(f"{BASE}?limit=1000").status == 400


def test_a_sixth_of_a_type_is_refused(caster: LiveServer, receiver: Receiver) -> None:
    statuses = []
    for n in range(6):
        body = {"type": "otel-collector", "name": f"six{n}", "config": {"endpoint": receiver.url}}
        answer = caster.post(BASE, body)
        statuses.append(answer.status)
    assert statuses == [201] * 5 + [409]
    assert answer.json["error"]["code"] == 409
