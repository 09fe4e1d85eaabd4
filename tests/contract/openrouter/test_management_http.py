"""The gateway's management over HTTP: envelopes, pages, OpenAI's paths, the operator's file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.upstream import Upstream
from tests.live import Answer, LiveServer, run_client

V1 = "/api/v1"
CONSOLE = "/api/console/gateway"
SECRET = "sk-provider-secret-1234"
FILE = """
model_list:
- model_name: ours
  litellm_params: {model: openai/gpt-4o, api_key: sk-file-secret-5678}
general_settings: {master_key: sk-master-secret, database_url: x}
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with LiveServer(tmp_path_factory.mktemp("gateway") / "data") as server:
        yield server


def error_of(answer: Answer) -> dict[str, Any]:
    error: dict[str, Any] = answer.json["error"]
    assert error["code"] == answer.status
    return error


def test_errors_are_in_the_envelope(gateway: LiveServer) -> None:
    missing = gateway.get(f"{V1}/models/no/such/endpoints")
    assert missing.status == 404
    assert error_of(missing)["metadata"]["error_type"] == "not_found"
    broken = gateway.post(f"{V1}/keys", b"{")
    assert broken.status == 400
    assert error_of(broken)["message"].startswith("Unable to process JSON")
    wrong = gateway.post(f"{V1}/keys", {"name": "k", "limit": -1})
    assert (wrong.status, error_of(wrong)["message"][:5]) == (422, "limit")
    unknown = gateway.get(f"{V1}/keys/abc")
    assert unknown.status == 404
    assert error_of(gateway.get(f"{V1}/nothing"))["code"] == 404
    assert gateway.get(f"{V1}/activity?date=2020-01-01").status == 400
    assert gateway.get(f"{V1}/models?sort=best").status == 400


def test_keys_come_in_pages_of_100(gateway: LiveServer) -> None:
    made = {
        gateway.post(f"{V1}/keys", {"name": f"k{at}"}).json["data"]["hash"] for at in range(101)
    }
    first = gateway.get(f"{V1}/keys").json["data"]
    rest = gateway.get(f"{V1}/keys?offset=100").json["data"]
    assert len(first) == 100
    assert made <= {key["hash"] for key in first + rest}
    for hash in made:
        assert gateway.request("DELETE", f"{V1}/keys/{hash}").json == {"deleted": True}


def test_expired_keys_are_listed_when_asked_for(gateway: LiveServer) -> None:
    past = {"name": "k", "expires_at": "2020-01-01T00:00:00Z"}
    assert gateway.post(f"{V1}/keys", past).status == 422


def test_openais_client_lists_models(gateway: LiveServer) -> None:
    script = """
import sys
from openai import OpenAI
for base in sys.argv[1:]:
    client = OpenAI(base_url=base, api_key="any", max_retries=0)
    print([m.id for m in client.models.list()], client.models.retrieve("sightline/echo").owned_by)
"""
    bases = [gateway.url, f"{gateway.url}/v1", f"{gateway.url}{V1}"]
    printed = run_client("openai", script, *bases).splitlines()
    assert len(printed) == 3
    assert all("'sightline/echo'" in line and line.endswith(" sightline") for line in printed)


def test_a_provider_is_made_tried_and_taken_away(tmp_path: Path) -> None:
    allow = {"SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true"}
    with Upstream() as upstream, LiveServer(tmp_path / "data", env=allow) as server:
        body = {"slug": "acme", "base_url": upstream.url, "api_key": SECRET}
        made = server.post(f"{CONSOLE}/providers", body)
        assert made.status == 201, made.body
        id = made.json["id"]
        assert made.json["api_key"] == "****...1234"
        probe = server.post(f"{CONSOLE}/providers/{id}/test", None)
        assert probe.json["request"] == f"GET {upstream.url}/models"
        assert probe.json["status"] is not None
        assert "acme/" in [p["prefix"] for p in server.get(f"{CONSOLE}/models").json["prefixes"]]
        listed = server.get(f"{V1}/models/acme/x/endpoints").json["data"]["endpoints"]
        assert listed[0]["provider_name"] == "acme"
        assert server.request("DELETE", f"{CONSOLE}/providers/{id}").status == 204
        assert server.get(f"{V1}/models/acme/x/endpoints").status == 404
        shown = made.body + probe.body + server.get(f"{CONSOLE}/providers").body
        assert SECRET.encode() not in shown
        assert SECRET not in server.log_text()


def test_a_private_address_is_refused_unless_the_setting_allows_it(gateway: LiveServer) -> None:
    body = {"slug": "inner", "base_url": "http://127.0.0.1:9/v1", "api_key": SECRET}
    id = gateway.post(f"{CONSOLE}/providers", body).json["id"]
    probe = gateway.post(f"{CONSOLE}/providers/{id}/test", None).json
    assert (probe["ok"], probe["status"]) == (False, None)
    assert "gateway.allow_private_addresses" in probe["error"]
    gateway.request("DELETE", f"{CONSOLE}/providers/{id}")


def test_the_operators_file_is_served_and_its_warnings_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "litellm.yaml"
    file.write_text(FILE)
    config = {"SIGHTLINE_GATEWAY__CONFIG": str(file)}
    with LiveServer(tmp_path / "data", env=config) as server:
        status = server.get(f"{CONSOLE}/").json
        assert status["file"]["models"] == 1
        (warning,) = status["file"]["warnings"]
        assert "general_settings.database_url" in warning
        assert warning in server.log_text()
        assert server.get(f"{V1}/models").status == 401
        key = {"Authorization": "Bearer sk-master-secret"}
        models = server.get(f"{V1}/models", headers=key)
        assert {model["id"] for model in models.json["data"]} == {"ours", "sightline/echo"}
        assert server.get(f"{V1}/keys", headers=key).status == 200
        everything = models.body + server.get(f"{CONSOLE}/models").body
        assert b"secret" not in everything
        assert "-secret" not in server.log_text()


def test_a_file_that_is_wrong_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "litellm.yaml"
    file.write_text("model_list:\n- model_name: a\n")
    server = LiveServer(tmp_path / "data", env={"SIGHTLINE_GATEWAY__CONFIG": str(file)})
    with pytest.raises(AssertionError, match=r"litellm_params\.model"):
        server.start()


def test_console_keys_presets_and_routing(gateway: LiveServer) -> None:
    made = gateway.post(f"{CONSOLE}/keys/", {"name": "ui", "limit": 3, "rpm": 10})
    assert made.status == 201
    hash, key = made.json["hash"], made.json["key"]
    listed = gateway.get(f"{CONSOLE}/keys/")
    assert key not in listed.body.decode()
    assert hash in {row["hash"] for row in listed.json["content"]}
    changed = gateway.request("PATCH", f"{CONSOLE}/keys/{hash}", {"limit": None, "rpm": None})
    assert (changed.json["limit"], changed.json["rpm"]) == (None, None)
    assert gateway.request("DELETE", f"{CONSOLE}/keys/{hash}").status == 204

    preset = {"slug": "ui", "config": {"temperature": 1}}
    assert gateway.post(f"{CONSOLE}/presets/", preset).status == 201
    assert gateway.post(f"{CONSOLE}/presets/", preset).status == 409
    assert gateway.get(f"{CONSOLE}/presets/ui/versions").json["total"] == 1
    assert gateway.request("DELETE", f"{CONSOLE}/presets/ui").status == 204

    wanted = {"aliases": {"mine": "sightline/echo"}, "num_retries": 1}
    put = gateway.request("PUT", f"{CONSOLE}/routing", wanted).json
    assert put["own"] == wanted
    assert put["effective"]["num_retries"] == 1
    assert gateway.get(f"{V1}/models/mine/endpoints").json["data"]["id"] == "sightline/echo"
    gateway.request("PUT", f"{CONSOLE}/routing", {})
