"""`opik configure` and `opik healthcheck`, as a person runs them."""

import configparser
from pathlib import Path

import pytest

from tests.contract.opik.conftest import Client, KeyedServer
from tests.live import LiveServer

QUIET = ("--no-install-mcp", "--no-install-skills")


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """A home of its own for each test: these write the client's configuration."""
    return Client(tmp_path)


def written(client: Client) -> dict[str, str]:
    file = configparser.ConfigParser(interpolation=None)
    file.read(client.config)
    return dict(file["opik"])


def test_configure_finds_a_local_server_and_proposes_its_newest_project(
    client: Client, server: LiveServer
) -> None:
    made = server.post("/api/v1/private/projects", {"name": "made for opik configure"})
    assert made.status == 201
    # The command looks at http://localhost:5173, where another server may be; as its proxy, ours
    # gets the request whatever the port.
    done = client.cli("configure", "--use_local", "-y", *QUIET, env={"HTTP_PROXY": server.url})

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Opik is configured" in done.stdout
    assert written(client) == {
        "url_override": "http://localhost:5173/api/",
        "workspace": "default",
        "project_name": "made for opik configure",
    }


def test_configure_in_python_takes_an_address_and_a_key(
    client: Client, server: LiveServer, keyed_server: KeyedServer
) -> None:
    key = keyed_server.key("configured", name="dana")
    seen = client.drive("configure", server.api, server.url, keyed_server.url, key)

    assert seen["local"]["url_override"] == server.api
    assert seen["local"]["project_name"] == "sdk-configure"
    assert len(seen["logged after configure"]) == 1
    assert seen["with a key"]["url_override"] == f"{keyed_server.url}/opik/api/"
    assert seen["with a key"]["workspace"] == "configured"
    assert seen["with a key"]["api_key"] == key
    assert len(seen["logged with a key"]) == 1
    assert "incorrect" in seen.error("wrong key")["text"]
    assert "incorrect" in seen.error("wrong workspace")["text"]


def test_healthcheck_is_content_and_its_smoke_test_arrives(
    client: Client, server: LiveServer
) -> None:
    done = client.cli(
        "--api-key", "any", "healthcheck", "--smoke-test", "default",
        "--project-name", "smoke test", "--check-permissions", "default", url=server.api,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Backend workspace available: yes" in done.stdout
    # This version of the client looks for its trace after it has closed itself, and never finds it.
    assert "Flushed data to Opik" in done.stdout
    assert "trace_span_thread_log" in done.stdout
    found = server.get("/api/v1/private/traces?project_name=smoke%20test").json
    [trace] = found["content"]
    assert trace["input"].keys() == {f"key_{n}" for n in range(10)}
    [span] = server.get("/api/v1/private/spans?project_name=smoke%20test").json["content"]
    assert (span["name"], span["type"]) == ("llm_completion", "llm")
    query = f"project_id={trace['project_id']}&entity_type=span&entity_id={span['id']}"
    [image] = server.get(f"/api/v1/private/attachment/list?{query}").json["content"]
    assert image["mime_type"] == "image/png"


def test_healthcheck_says_that_a_key_is_wrong(client: Client, keyed_server: KeyedServer) -> None:
    env = {"OPIK_API_KEY": "opik_wrong", "OPIK_WORKSPACE": "healthy"}
    done = client.cli("healthcheck", url=keyed_server.api, env=env)
    assert "Backend workspace available: no" in done.stdout
    assert "Invalid API key" in " ".join(done.stdout.split())
