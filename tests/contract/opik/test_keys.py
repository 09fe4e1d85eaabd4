"""A server that asks for keys, met with good, bad, foreign and read-only ones."""

import json
from typing import Any

import pytest

from tests.contract.opik.conftest import Client, KeyedServer, Steps


@pytest.fixture(scope="module")
def seen(client: Client, keyed_server: KeyedServer) -> Steps:
    ours = keyed_server.key("ours", "admin", name="alice")
    theirs = keyed_server.key("theirs", "write", name="bob")
    reader = keyed_server.key("ours", "read", name="carol")
    clients = {
        "good": {"api_key": ours, "workspace": "ours"},
        "other": {"api_key": theirs, "workspace": "theirs"},
        "reader": {"api_key": reader, "workspace": "ours"},
        "wrong": {"api_key": "opik_wrong", "workspace": "ours"},
        "foreign": {"api_key": theirs, "workspace": "ours"},
        "none": {"workspace": "ours"},
    }
    return client.drive("keys", keyed_server.api, json.dumps(clients))


def names(traces: Any) -> list[str]:
    return [trace["name"] for trace in traces]


@pytest.mark.parametrize("who", ["good", "other", "reader"])
def test_a_good_key_passes_the_check(seen: Steps, who: str) -> None:
    assert seen[f"{who}: auth_check"] is None


@pytest.mark.parametrize(
    ("who", "status", "message"),
    [
        ("wrong", 401, "Invalid API key"),
        ("none", 401, "API key should be provided"),
        ("foreign", 403, "The API key has no access to the workspace `ours`"),
    ],
)
def test_a_key_that_does_not_open_the_workspace_is_told_so(
    seen: Steps, who: str, status: int, message: str
) -> None:
    for call in ("auth_check", "search_traces", "get_trace_content"):
        error = seen.error(f"{who}: {call}")
        assert (error["status"], error["body"]["message"]) == (status, message)


def test_a_workspace_sees_its_own_traces_alone(seen: Steps) -> None:
    assert names(seen["good: search_traces"]) == ["by good"]
    assert names(seen["other: search_traces"]) == ["by other"]
    assert seen["good: get_trace_content"]["created_by"] == "alice"
    assert seen["other: get_trace_content"]["created_by"] == "bob"


def test_a_reader_reads_and_does_not_write(seen: Steps) -> None:
    assert names(seen["reader: search_traces"]) == ["by good"]
    assert seen.error("reader: create_environment")["status"] == 403
    assert seen.error("reader: get_trace_content")["status"] == 404


@pytest.mark.parametrize(
    ("who", "status"), [("reader", 403), ("wrong", 401), ("none", 401), ("foreign", 403)]
)
def test_what_is_refused_is_reported_as_lost(seen: Steps, who: str, status: int) -> None:
    assert seen[f"{who}: flush"] is False
    [failure] = seen[f"{who}: get_errors_report"]["failures"]
    assert failure["status_code"] == status


def test_the_workspace_of_a_key_has_its_name(seen: Steps) -> None:
    assert seen["good: workspace"]["workspace_name"] == "ours"
    assert seen["other: workspace"]["workspace_name"] == "theirs"
    assert seen["good: create_environment"]["name"] == "env-good"
