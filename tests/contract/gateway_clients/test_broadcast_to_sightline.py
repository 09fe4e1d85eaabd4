"""A LiteLLM user's file is served as it is, and its calls arrive at a second Sightline.

The file's callback `opik` and destinations made by the API send there; the sender is started again
in between.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.contract.gateway_clients.conftest import FOLDER, Upstreams
from tests.contract.reading import Reader, until
from tests.fakes import anthropic_api
from tests.fakes.openai_api import TEXT
from tests.live import Answer, LiveServer

CANARY = "xCANARYx"
CALLS = 12
SESSIONS = 24


class Sender:
    """The gateway, its master key, and the Sightline that it sends to."""

    def __init__(self, server: LiveServer, receiver: LiveServer, master: str) -> None:
        self.server = server
        self.receiver = receiver
        self.headers = {"Authorization": f"Bearer {master}"}
        self.reader = Reader(receiver)

    def chat(self, model: str = "gpt-4o", text: str = "Hello", **fields: Any) -> Answer:
        body = {"model": model, "messages": [{"role": "user", "content": text}], **fields}
        answer = self.server.post("/v1/chat/completions", body, headers=self.headers)
        assert answer.status == 200, answer
        return answer

    def destination(self, type: str, name: str, config: dict[str, Any], **fields: Any) -> str:
        body = {"type": type, "name": name, "config": config, **fields}
        made = self.server.post("/api/v1/observability/destinations", body, headers=self.headers)
        assert made.status == 201, made
        id: str = made.json["data"]["id"]
        return id

    def opik(self, project: str, **fields: Any) -> str:
        config = {"url": self.receiver.api, "workspace": "default", "projectName": project}
        return self.destination("opik", project, config, **fields)

    def arrived(self, project: str, count: int, by: str) -> list[dict[str, Any]]:
        """Return the traces of a project at the receiver, once there are so many."""

        def enough() -> list[dict[str, Any]] | None:
            found = [t for t in self.reader.traces(project) if by in json.dumps(t)]
            return found if len(found) >= count else None

        traces = self.reader.traces
        return until(enough, lambda: f"{project}: {len(traces(project))} of {count} came")


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory, upstreams: Upstreams) -> Iterator[Sender]:
    folder = tmp_path_factory.mktemp("broadcast-to-sightline")
    master = f"sk-{secrets.token_hex(16)}"
    receiver = LiveServer(folder / "receiver")
    receiver.start()
    env = {
        **upstreams.env,
        "LITELLM_MASTER_KEY": master,
        "DATABASE_URL": "postgresql://nobody:secret-of-db@127.0.0.1/none",
        "OPIK_URL_OVERRIDE": receiver.api,
        "SIGHTLINE_GATEWAY__CONFIG": str(FOLDER / "litellm.yaml"),
        "SIGHTLINE_GATEWAY__ALLOW_PRIVATE_ADDRESSES": "true",
        "SIGHTLINE_BROADCAST__POLL_S": "0.1",
    }
    server = LiveServer(folder / "sender", env=env)
    try:
        server.start()
        yield Sender(server, receiver, master)
        assert CANARY not in server.log_text()
        assert master not in server.log_text()
        assert "secret-of-db" not in server.log_text()
    finally:
        server.kill()
        receiver.kill()


def test_the_file_works_and_says_what_has_no_effect(sender: Sender) -> None:
    log = sender.server.log_text()
    for named in ("lago", "audio_speech", "cache", "redis_host", "database_url", "alerting"):
        assert named in log, named
    assert "set_verbose" not in log or "no effect" in log
    assert sender.chat("smart").json["model"] == "gpt-4o"
    fallback = sender.chat("shaky").json
    assert fallback["model"] == "claude"
    listed = sender.server.get("/v1/models", headers=sender.headers).json["data"]
    ids = {model["id"] for model in listed}
    assert {"gpt-4o", "claude", "embedder", "shaky"} <= ids
    assert "speaker" not in ids
    nobody = sender.server.post("/v1/chat/completions", {"model": "gpt-4o", "messages": []})
    assert nobody.status == 401


def test_defaults_of_the_file_are_sent(sender: Sender, upstreams: Upstreams) -> None:
    sender.chat("claude", "with defaults")
    sent = [c.body for c in upstreams.anthropic.calls if "with defaults" in str(c.body)]
    assert sent[0]["max_tokens"] == 512


def test_the_callback_of_the_file(sender: Sender) -> None:
    answer = sender.chat(
        text="by the callback",
        user="user-1",
        session_id="session-1",
        trace={"trace_name": "From a file", "span_name": "Step", "version": "7"},
    )
    (trace,) = sender.arrived("from-the-file", 1, "by the callback")
    assert (trace["name"], trace["thread_id"]) == ("From a file", "session-1")
    assert trace["metadata"]["user"] == "user-1"
    assert trace["metadata"]["version"] == "7"
    assert trace["output"]["choices"][0]["message"]["content"] == TEXT

    def named() -> dict[str, Any]:
        return {s["name"]: s for s in sender.reader.spans(trace_id=trace["id"])}

    spans = until(lambda: named() if len(named()) == 2 else None, lambda: f"only {named()}")
    trace = sender.reader.trace(trace["id"])
    step = spans.pop("Step")
    ((_, span),) = spans.items()
    assert span["parent_span_id"] == step["id"]
    assert span["type"] == "llm"
    assert span["model"].endswith("gpt-4o")
    assert span["usage"]["cached_tokens"] == 8
    assert span["total_estimated_cost"] == pytest.approx(answer.json["usage"]["cost"])
    # What it cost is known once, not again by the receiver's own prices.
    assert trace["total_estimated_cost"] == pytest.approx(answer.json["usage"]["cost"])


def test_private_mode_filters_and_samples(sender: Sender) -> None:
    sender.opik("to-private", privacy_mode=True)
    rule = {"field": "user_id", "operator": "equals", "value": "vip"}
    sender.opik(
        "to-filtered",
        filter_rules={"enabled": True, "groups": [{"logic": "and", "rules": [rule]}]},
    )
    sender.opik("to-sampled", sampling_rate=0.5)
    tools = [
        {
            "type": "function",
            "function": {"name": "weather", "description": CANARY, "parameters": {}},
        }
    ]
    told = [
        sender.chat(text=f"{CANARY} 1", tools=tools, stop=[CANARY], trace={"version": "p"}),
        sender.chat("claude", f"{CANARY} 2", stream=True, user="vip", trace={"version": "p"}),
    ]
    for at in range(SESSIONS):
        for turn in range(2):
            sender.chat(text=f"turn {turn}", session_id=f"s-{at}", trace={"version": "s"})
    private = sender.arrived("to-private", 2, '"version": "p"')
    assert len(private) == len(told) == 2
    everything = json.dumps([private, sender.reader.spans("to-private")])
    assert CANARY not in everything
    assert anthropic_api.TEXT not in everything
    models = {s["model"] for s in sender.reader.spans("to-private") if s.get("model")}
    assert any("gpt-4o" in m for m in models) and any("claude" in m for m in models)
    spans = [
        s
        for s in sender.reader.spans("to-private")
        if s["type"] == "llm" and s["trace_id"] in {t["id"] for t in private}
    ]
    assert all(s["usage"]["total_tokens"] > 0 for s in spans)
    assert all(s["total_estimated_cost"] > 0 for s in spans)
    assert all("duration" in s for s in spans)
    (vip,) = sender.arrived("to-filtered", 1, "vip")
    assert vip["metadata"]["user"] == "vip"
    # All that may come has come to the destination that takes all.
    sender.arrived("to-private", 2 + 2 * SESSIONS, '"metadata"')
    assert len(sender.reader.traces("to-filtered")) == 1

    def by_session() -> dict[str, int]:
        turns: dict[str, int] = {}
        for trace in sender.reader.traces("to-sampled"):
            if trace.get("thread_id"):
                turns[trace["thread_id"]] = turns.get(trace["thread_id"], 0) + 1
        return turns

    until(lambda: set(by_session().values()) == {2}, lambda: f"sessions in part: {by_session()}")
    assert 0 < len(by_session()) < SESSIONS


def test_a_collector_takes_all_once_through_a_restart(sender: Sender) -> None:
    """OTLP, and Opik's own API beside it."""
    endpoint = f"{sender.receiver.url}/v1/traces"
    headers = {"projectName": "to-collector"}
    sender.destination("otel-collector", "collector", {"endpoint": endpoint, "headers": headers})
    sender.opik("to-twin")

    def call(at: int) -> str:
        trace = {"trace_name": f"call {at}", "version": "k"}
        id: str = sender.chat(text=f"number {at}", user="u", session_id="k", trace=trace).json["id"]
        return id

    ids = [call(at) for at in range(CALLS)]
    sender.server.stop()
    sender.server.start()
    ids += [call(at) for at in range(CALLS, 2 * CALLS)]

    def once(project: str, id_of: Callable[[dict[str, Any]], Any]) -> None:
        def llm() -> list[dict[str, Any]]:
            return [s for s in sender.reader.spans(project) if s["type"] == "llm"]

        until(
            lambda: {id_of(s) for s in llm()} >= set(ids),
            lambda: f"{project}: {len(llm())} of {len(ids)} came",
        )
        assert sorted(id_of(s) for s in llm()) == sorted(ids)
        traces = sender.reader.traces(project)
        assert sorted(t["name"] for t in traces) == sorted(f"call {n}" for n in range(2 * CALLS))

    once("to-twin", lambda s: s["metadata"]["sightline_observation_id"])
    once("to-collector", lambda s: s["metadata"]["gen_ai.response.id"])
    trace = sender.reader.traces("to-collector")[0]
    assert trace["thread_id"] == "k"
    assert trace["total_estimated_cost"] == pytest.approx(1.3e-4)
    assert trace["usage"]["total_tokens"] == 29
    span = next(s for s in sender.reader.spans("to-collector") if s["type"] == "llm")
    assert span["model"].endswith("gpt-4o")
    assert "number" in json.dumps(span["input"])


def test_the_ledger_says_that_all_was_delivered(sender: Sender) -> None:
    def emptied() -> list[dict[str, Any]] | None:
        rows = sender.server.get("/api/console/broadcast/", headers=sender.headers).json["content"]
        return None if any(row["waiting"] for row in rows) else list(rows)

    shown = until(emptied, lambda: "something still waits")
    assert len(shown) == 6
    for row in shown:
        assert (row["waiting"], row["counts"]["failed"], row["counts"]["dropped"]) == (0, 0, 0), row
        assert row["counts"]["delivered"] > 0, row
