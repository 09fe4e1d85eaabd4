"""LiteLLM's proxy with `callbacks: ["opik"]`, in front of the fake upstream.

Virtual keys need Postgres; here `custom_auth` says of two keys what a database would. The proxy is
told to send when it has gathered all that the wave of calls below makes, since LiteLLM 1.109.1
forgets calls that end while it sends.
"""

import http.client
import json
import secrets
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sightline.core.ids import format_id, new_id
from tests.contract.litellm.conftest import client_env
from tests.contract.reading import Found, Reader, until
from tests.fakes.upstream import ANSWER, COMPLETION_TOKENS, PROMPT_TOKENS, Upstream
from tests.live import LiveServer, client_python, free_port

FOLDER = Path(__file__).parent / "proxy"
MESSAGES = [{"role": "user", "content": "Say hello"}]
BURST = 20
TOTAL = PROMPT_TOKENS + COMPLETION_TOKENS
COST = 5.55e-06  # as in test_sdk


class Proxy:
    """The proxy's process, and calls to it."""

    def __init__(self, port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.port = port
        self.process = process
        self.log = log

    def post(
        self,
        path: str,
        body: dict[str, Any],
        *,
        key: str = "sk-plain",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), {**sent, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def chat(self, *, opik: dict[str, Any] | None = None, **more: Any) -> tuple[int, bytes]:
        """Ask for a chat completion; `opik` goes into the body's metadata."""
        key, headers = more.pop("key", "sk-plain"), more.pop("headers", None)
        body: dict[str, Any] = {"model": "house-alias", "messages": MESSAGES, **more}
        if opik is not None:
            body["metadata"] = {"opik": opik}
        return self.post("/v1/chat/completions", body, key=key, headers=headers)

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-4000:]
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/health/liveliness")
                return connection.getresponse().status == 200
            finally:
                connection.close()
        return False


@pytest.fixture(scope="module")
def workflow(server: LiveServer) -> dict[str, str]:
    """A trace with a span in a project of its own, which a call of the wave joins."""
    ids = {"trace_id": format_id(new_id()), "id": format_id(new_id())}
    common = {"project_name": "proxy-workflow", "start_time": "2026-11-20T10:00:00Z"}
    trace = {"id": ids["trace_id"], "name": "workflow", **common}
    span = {**ids, "name": "step", **common}
    assert server.post("/api/v1/private/traces/batch", {"traces": [trace]}).status == 204
    assert server.post("/api/v1/private/spans/batch", {"spans": [span]}).status == 204
    return ids


@pytest.fixture(scope="module")
def proxy(
    server: LiveServer, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    home = tmp_path_factory.mktemp("proxy")
    port, log = free_port(), home / "proxy.log"
    command = [client_python("litellm").parent / "litellm", "--config", FOLDER / "config.yaml"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    env = {
        **client_env(home),
        "UPSTREAM_URL": upstream.base_url,
        "MASTER_KEY": f"sk-{secrets.token_hex(32)}",
        "OPIK_URL_OVERRIDE": server.api,
        "OPIK_PROJECT_NAME": "proxy-default",
        "DEFAULT_BATCH_SIZE": str(WAVE_ENTRIES),
        "DEFAULT_FLUSH_INTERVAL_SECONDS": "3600",
    }
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=home, env=env, stdout=out, stderr=out)
    proxy = Proxy(port, process, log)
    try:
        wait_until_ready(proxy)
        yield proxy
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def wait_until_ready(proxy: Proxy) -> None:
    end = time.monotonic() + 120
    while not proxy.is_ready():
        assert time.monotonic() < end, proxy.log.read_text()[-4000:]
        time.sleep(0.1)


BODY = {"project_name": "proxy-of-body", "tags": ["body-tag"], "thread_id": "body-thread"}


def header(project: str, **more: str) -> dict[str, str]:
    return {"opik_project_name": project, **more}


# Entries that reach LiteLLM's queue: a trace and a span a call, a span alone where a call joins.
WAVE_ENTRIES = 2 * (11 + BURST) + 1


@pytest.fixture(scope="module")
def wave(proxy: Proxy, workflow: dict[str, str]) -> dict[str, tuple[int, bytes]]:
    """Make every call; return the answers of those that tests ask about."""
    answers = {
        "plain": proxy.chat(),
        "key": proxy.chat(key="sk-team"),
        "body": proxy.chat(key="sk-team", opik=BODY),
        "header": proxy.chat(
            key="sk-team",
            opik=BODY,
            headers=header(
                "proxy-of-header",
                opik_thread_id="header-thread",
                opik_tags='["header-tag", "body-tag"]',
                opik_trace_id=workflow["trace_id"],
                Opik_Unknown="x",
            ),
        ),
        "stream": proxy.chat(stream=True, headers=header("proxy-stream", opik_tags="no JSON")),
        "embedding": proxy.post(
            "/v1/embeddings",
            {"model": "vectors", "input": ["a", "b"]},
            headers=header("proxy-embedding"),
        ),
        "text": proxy.post(
            "/v1/completions",
            {"model": "house-alias", "prompt": "Say hello"},
            headers=header("proxy-text"),
        ),
        "joined": proxy.chat(
            opik={"project_name": "proxy-joined", "current_span_data": workflow},
        ),
        "not-joined": proxy.chat(
            opik={"project_name": "proxy-not-joined", "current_span_data": "..."},
        ),
        "gemini": proxy.chat(model="gemini-alias", headers=header("proxy-gemini")),
        "unpriced": proxy.chat(model="unpriced", headers=header("proxy-unpriced")),
        "nobody": proxy.chat(key="sk-nobody", headers=header("proxy-failed")),
    }
    for status in (401, 429, 500):
        answers[f"broken-{status}"] = proxy.chat(
            model=f"broken-{status}", headers=header("proxy-failed")
        )
    # The last one, so that whatever ends after it was in the same batch.
    answers["user"] = proxy.chat(user="end-user", headers=header("proxy-user"))
    with ThreadPoolExecutor(8) as pool:
        burst = list(
            pool.map(
                lambda at: proxy.chat(
                    messages=[{"role": "user", "content": f"call {at}"}],
                    headers=header("proxy-burst", opik_thread_id="burst"),
                ),
                range(BURST),
            )
        )
    assert {status for status, _ in burst} == {200}
    return answers


@pytest.fixture
def reader(wave: dict[str, tuple[int, bytes]], server: LiveServer) -> Reader:
    assert {name for name, (status, _) in wave.items() if status != 200} == {
        "nobody",
        "broken-401",
        "broken-429",
        "broken-500",
    }
    return Reader(server)


def test_call_with_no_settings_lands_in_the_proxys_project(reader):
    found = reader.wait("proxy-default")
    trace, span = found.trace, found.span
    assert trace["input"] == MESSAGES
    assert trace["output"]["choices"][0]["message"]["content"] == ANSWER
    assert trace["tags"] == span["tags"] == ["openai"]
    assert trace.get("thread_id") is None
    assert trace["total_estimated_cost"] == pytest.approx(COST)
    assert span["usage"]["total_tokens"] == trace["usage"]["total_tokens"] == TOTAL
    assert span["metadata"]["user_api_key_alias"] == "sk-plain-alias"
    assert span["metadata"]["user_api_key_team_id"] == "team-1"


def test_an_alias_shows_the_model_behind_it(reader):
    span = reader.wait("proxy-default").span
    assert span["name"].startswith("house-alias_chat.completion_")
    assert span["metadata"]["model_group"] == "house-alias"
    assert (span["model"], span["provider"]) == ("gpt-4o-mini", "openai")
    gemini = reader.wait("proxy-gemini").span
    assert (gemini["model"], gemini["provider"]) == ("gemini-2.0-flash", "google_ai")


def test_key_says_project_thread_and_tags(reader):
    trace = reader.wait("proxy-of-key").trace
    assert trace["thread_id"] == "key-thread"
    assert trace["tags"] == ["key-tag", "openai"]
    assert trace["metadata"]["user_api_key_auth_metadata"]["opik"]["tags"] == ["key-tag"]


def test_body_beats_key_and_replaces_its_tags(reader):
    trace = reader.wait("proxy-of-body").trace
    assert trace["thread_id"] == "body-thread"
    assert trace["tags"] == ["body-tag", "openai"]


def test_header_beats_body_and_adds_its_tags_last(reader):
    found = reader.wait("proxy-of-header")
    assert found.trace["thread_id"] == "header-thread"
    # A tag said twice is one tag.
    assert found.trace["tags"] == ["body-tag", "openai", "header-tag"]
    assert found.span["tags"] == found.trace["tags"]
    assert found.trace["metadata"]["project_name"] == "proxy-of-body"


def test_search_finds_calls_by_tag_and_thread(reader):
    (trace,) = reader.wait("proxy-of-header").traces
    for condition in (("tags", "contains", "header-tag"), ("thread_id", "=", "header-thread")):
        found = reader.search("traces", "proxy-of-header", condition)
        assert [item["id"] for item in found] == [trace["id"]]


def test_other_opik_headers_are_not_followed(reader, workflow):
    assert reader.wait("proxy-of-header").trace["id"] != workflow["trace_id"]


def test_stream_is_stored_once_and_whole(reader, wave):
    assert wave["stream"][1].rstrip().endswith(b"data: [DONE]")
    found = reader.wait("proxy-stream")
    assert found.trace["output"]["choices"][0]["message"]["content"] == ANSWER
    assert found.trace["tags"] == ["openai"]
    assert found.span["usage"]["total_tokens"] == TOTAL
    assert found.span["total_estimated_cost"] == pytest.approx(COST)


def test_embeddings_and_text_completions_arrive(reader):
    embedding = reader.wait("proxy-embedding").span
    assert embedding["model"] == "text-embedding-3-small"
    assert embedding["total_estimated_cost"] == pytest.approx(PROMPT_TOKENS * 2e-8)
    assert reader.wait("proxy-text").trace["name"] == "text_completion"


def test_call_joins_an_existing_trace_of_another_project(reader, workflow):
    span = reader.wait("proxy-joined", traces=0).span
    assert span["trace_id"] == workflow["trace_id"]
    assert span["parent_span_id"] == workflow["id"]
    trace = reader.trace(workflow["trace_id"])
    assert trace["span_count"] == 2
    assert trace["total_estimated_cost"] == pytest.approx(COST)
    assert reader.wait("proxy-not-joined").span["trace_id"] != workflow["trace_id"]


def test_model_that_nobody_prices_has_no_cost(reader):
    span = reader.wait("proxy-unpriced").span
    assert span["model"] == "model-that-nobody-prices"
    assert span["usage"]["total_tokens"] == TOTAL
    assert span.get("total_estimated_cost") is None


def test_failed_calls_are_not_sent(reader, wave):
    reader.wait("proxy-burst", traces=BURST, spans=BURST)
    assert {wave[f"broken-{status}"][0] for status in (401, 429, 500)} == {401, 429, 500}
    assert wave["nobody"][0] == 401
    assert reader.project("proxy-failed") == Found([], [])


def test_end_user_is_in_the_metadata(reader):
    assert reader.wait("proxy-user").trace["metadata"]["user_api_key_end_user_id"] == "end-user"


def test_burst_is_sent_as_batches_and_all_arrives(reader):
    found = reader.wait("proxy-burst", traces=BURST, spans=BURST)
    said = {trace["input"][0]["content"] for trace in found.traces}
    assert said == {f"call {at}" for at in range(BURST)}
    assert {span["trace_id"] for span in found.spans} == {trace["id"] for trace in found.traces}
    assert {trace["thread_id"] for trace in found.traces} == {"burst"}


def test_calls_go_on_after_a_batch(reader, proxy, server):
    """A second batch: the proxy waits again until it has gathered as many entries."""
    reader.wait("proxy-burst", traces=BURST, spans=BURST)
    more = (WAVE_ENTRIES + 1) // 2
    with ThreadPoolExecutor(8) as pool:
        done = pool.map(lambda _: proxy.chat(headers=header("proxy-more")), range(more))
        assert {status for status, _ in done} == {200}
    until(lambda: len(reader.spans("proxy-more")) >= more - 1, lambda: "no second batch")
