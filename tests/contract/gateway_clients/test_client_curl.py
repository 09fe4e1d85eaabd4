"""curl, as the guides of LiteLLM and OpenRouter use it; only the address is another."""

import json
import subprocess
from typing import Any, NamedTuple

import pytest

from tests.contract.gateway_clients.conftest import Gateway
from tests.contract.reading import until
from tests.fakes import anthropic_api
from tests.fakes.openai_api import TEXT

BODY = json.dumps(
    {
        "model": "openai/gpt-4o",
        "messages": [{"role": "user", "content": "What is the meaning of life?"}],
    }
)


class Curled(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def curl(*args: str) -> Curled:
    """Run curl; its last header block is that of the answer."""
    done = subprocess.run(
        ["curl", "-sS", "--max-time", "20", "-D", "/dev/stderr", *args],
        capture_output=True,
        text=True,
        check=True,
    )
    head = done.stderr.replace("\r", "").strip().split("\n\n")[-1].splitlines()
    pairs = (line.partition(":") for line in head[1:])
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Curled(int(head[0].split()[1]), headers, done.stdout)


@pytest.fixture(scope="module")
def key(gateway: Gateway) -> str:
    return gateway.key("curl", metadata={"opik": {"project_name": "curl"}})


def test_openrouters_first_call(gateway: Gateway, key: str) -> None:
    answer = curl(
        f"{gateway.url}/api/v1/chat/completions",
        "-H", "Content-Type: application/json",
        "-H", f"Authorization: Bearer {key}",
        "-H", "HTTP-Referer: https://shop.example",
        "-H", "X-OpenRouter-Title: A shop",
        "-d", BODY,
    )  # fmt: skip
    assert answer.status == 200
    assert answer.json["choices"][0]["message"]["content"] == TEXT
    assert answer.headers["x-generation-id"] == answer.json["id"]
    trace = until(
        lambda: next(
            (
                t
                for t in gateway.reader.traces("curl")
                if t["metadata"]["generation_id"] == answer.json["id"]
            ),
            None,
        ),
        lambda: "no trace",
    )
    app = trace["metadata"]["gateway"]["app"]
    assert (app["title"], app["referer"]) == ("A shop", "https://shop.example")
    assert app["user_agent"].startswith("curl/")


def test_openrouters_stream(gateway: Gateway, key: str) -> None:
    answer = curl(
        "-N",
        f"{gateway.url}/api/v1/chat/completions",
        "-H", "Content-Type: application/json",
        "-H", f"Authorization: Bearer {key}",
        "-d", json.dumps({**json.loads(BODY), "stream": True}),
    )  # fmt: skip
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith("data: [DONE]\n\n")
    lines = [line for line in answer.text.splitlines() if line]
    assert all(line.startswith(("data: ", ":")) for line in lines)


def test_litellms_calls(gateway: Gateway, key: str) -> None:
    head = (
        "--header",
        "Content-Type: application/json",
        "--header",
        f"Authorization: Bearer {key}",
    )
    for path in ("/chat/completions", "/v1/chat/completions"):
        answer = curl("--location", f"{gateway.url}{path}", *head, "--data", BODY)
        assert answer.json["choices"][0]["message"]["content"] == TEXT
    ask = json.dumps({"model": "gpt-3.5-turbo-instruct", "prompt": "Once"})
    answer = curl("--location", f"{gateway.url}/completions", *head, "--data", ask)
    assert answer.json["choices"][0]["text"] == TEXT
    ask = json.dumps({"model": "text-embedding-3-small", "input": ["write a litellm poem"]})
    answer = curl("--location", f"{gateway.url}/embeddings", *head, "--data", ask)
    assert len(answer.json["data"][0]["embedding"]) == 3
    listed = curl("--location", f"{gateway.url}/v1/models", *head).json
    assert "gpt-4o-mini" in [model["id"] for model in listed["data"]]


def test_anthropics_call(gateway: Gateway, key: str) -> None:
    answer = curl(
        f"{gateway.url}/v1/messages",
        "-H", "content-type: application/json",
        "-H", f"x-api-key: {key}",
        "-H", "anthropic-version: 2023-06-01",
        "-d", json.dumps({**json.loads(BODY), "model": "claude", "max_tokens": 100}),
    )  # fmt: skip
    assert answer.json["content"][0]["text"] == anthropic_api.TEXT


def test_azures_path(gateway: Gateway, key: str) -> None:
    answer = curl(
        f"{gateway.url}/openai/deployments/gpt-4o-mini/chat/completions?api-version=2024-10-21",
        "-H", "Content-Type: application/json",
        "-H", f"api-key: {key}",
        "-d", json.dumps({"messages": [{"role": "user", "content": "Hello"}]}),
    )  # fmt: skip
    assert answer.json["choices"][0]["message"]["content"] == TEXT


def test_what_comes_back_without_a_key_or_a_body(gateway: Gateway, key: str) -> None:
    url = f"{gateway.url}/api/v1/chat/completions"
    json_type = ("-H", "Content-Type: application/json")
    answer = curl(url, *json_type, "-d", BODY)
    assert (answer.status, answer.json["error"]["code"]) == (401, 401)
    head = (*json_type, "-H", f"Authorization: Bearer {key}")
    assert curl(url, *head, "-d", "").status == 400
    # A comma too many, as in some guides.
    answer = curl(url, *head, "-d", '{"model": "gpt-4o-mini", "messages": [],}')
    assert (answer.status, answer.json["error"]["metadata"]["error_type"]) == (
        400,
        "invalid_request",
    )
    assert curl(url, "-H", f"Authorization: Bearer {key}").status in (404, 405)
    # curl says that a body is a form unless it is told otherwise; it is JSON all the same.
    answer = curl(url, "-H", f"Authorization: Bearer {key}", "-d", BODY)
    assert answer.status == 200


def test_what_is_not_built_is_said_before_the_screens(gateway: Gateway) -> None:
    for path, hint in (
        ("/health/liveliness", "/health"),
        ("/key/info", "/api/v1/keys"),
        ("/v1/responses/resp_1", "input"),
        ("/api/v1/files", "listFiles"),
    ):
        answer = curl(f"{gateway.url}{path}")
        assert (answer.status, answer.json["error"]["code"]) == (501, 501), path
        assert hint in answer.json["error"]["message"]
    assert curl(f"{gateway.url}/health").status == 200
    # A page of a workspace that is called so, and OpenTelemetry's address.
    assert curl(f"{gateway.url}/team/redirect/projects").status == 200
    assert curl(f"{gateway.url}/v1/traces", "-X", "POST").status != 501


def test_tokens_are_counted(gateway: Gateway, key: str) -> None:
    ask = json.dumps({**json.loads(BODY), "model": "gpt-4o-mini"})
    url = f"{gateway.url}/v1/messages/count_tokens"
    head = ("-H", "content-type: application/json")
    assert curl(url, *head, "-d", ask).status == 401
    answer = curl(url, *head, "-H", f"x-api-key: {key}", "-d", ask)
    assert (answer.status, answer.json["input_tokens"] > 0) == (200, True)
