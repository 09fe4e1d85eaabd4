"""LiteLLM's SDK with `callbacks = ["opik"]`: its own transport, and the `opik` package's."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sightline.core.ids import format_id, new_id
from tests.contract.litellm.conftest import client_env
from tests.contract.reading import Found, Reader, make_key, until
from tests.fakes.upstream import ANSWER, COMPLETION_TOKENS, PROMPT_TOKENS, Upstream
from tests.live import ROOT, LiveServer, client_python, live

DRIVER = Path(__file__).parent / "drivers" / "sdk.py"
GUIDE = (ROOT / "docs" / "guides" / "litellm.md").read_text()
GUIDE_PROGRAMS = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
MESSAGES = [{"role": "user", "content": "Say hello"}]
USAGE = {
    "prompt_tokens": PROMPT_TOKENS,
    "completion_tokens": COMPLETION_TOKENS,
    "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
}
# gpt-4o-mini: 7 prompt tokens at 0.15 USD a million, 4 cached ones at 0.075, 7 answered at 0.60.
COST = 5.55e-06


class Session:
    """One run of the driver: what LiteLLM said, and what the server holds."""

    def __init__(self, environment: str, prefix: str, server: LiveServer) -> None:
        self.has_opik = environment == "litellm-opik"
        self.prefix = prefix
        self.reader = Reader(server)
        self.trace_id, self.span_id = format_id(new_id()), format_id(new_id())
        self.facts: dict[str, Any] = {}

    def from_file(self) -> Found:
        """Return what the project of the config file holds: the guide's programs."""
        if self.has_opik:
            return self.found("from-file", traces=2, spans=3)
        return self.found("from-file")

    def found(self, case: str, *, traces: int = 1, spans: int = 1) -> Found:
        return self.reader.wait(self.prefix + case, traces=traces, spans=spans)

    def texts(self) -> Found:
        """Return the text completion, once or twice.

        LiteLLM 1.109.1 runs `text_completion` through `completion`; both hand the call to its
        logging threads, which look whether it was logged before they begin and note it when they
        have ended. When the two overlap, LiteLLM itself sends the call twice, as two traces.
        """

        def arrived() -> Found | None:
            found = self.reader.project(f"{self.prefix}text")
            return found if found.traces and found.spans else None

        return until(arrived, lambda: "no text completion arrived")


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, str]]:
    """A server that asks for keys, and a key of its workspace `team`."""
    folder = tmp_path_factory.mktemp("keyed") / "data"
    with live(folder, env={"SIGHTLINE_AUTH__KEYS": "on"}) as server:
        yield server, make_key(server, workspace="team")


@pytest.fixture(scope="module", params=["litellm", "litellm-opik"])
def session(
    request: pytest.FixtureRequest,
    server: LiveServer,
    keyed: tuple[LiveServer, str],
    upstream: Upstream,
    tmp_path_factory: pytest.TempPathFactory,
) -> Session:
    home = tmp_path_factory.mktemp(request.param)
    session = Session(request.param, f"{request.param}-", server)
    api = server.api.rstrip("/")
    (home / ".opik.config").write_text(
        f"[opik]\nurl_override = {api}\nworkspace = default\n"
        f"project_name = {session.prefix}from-file\n"
    )
    begin_workflow(server, session)
    given = {
        "upstream": upstream.base_url,
        "api": api,
        "prefix": session.prefix,
        "trace_id": session.trace_id,
        "span_id": session.span_id,
        "guide_call": GUIDE_PROGRAMS[0],
        "guide_tracked": GUIDE_PROGRAMS[1],
        "other_api": keyed[0].api.rstrip("/"),
        "key": keyed[1],
    }
    done = subprocess.run(
        [str(client_python(request.param)), str(DRIVER), json.dumps(given)],
        env={**client_env(home), "DEFAULT_FLUSH_INTERVAL_SECONDS": "1"},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    session.facts = json.loads(done.stdout.splitlines()[-1])
    return session


def begin_workflow(server: LiveServer, session: Session) -> None:
    """Make the trace that a call is to join, in a project of its own."""
    common = {"project_name": f"{session.prefix}workflow", "start_time": "2026-11-20T10:00:00Z"}
    trace = {"id": session.trace_id, "name": "workflow", **common}
    span = {"id": session.span_id, "trace_id": session.trace_id, "name": "step", **common}
    assert server.post("/api/v1/private/traces/batch", {"traces": [trace]}).status == 204
    assert server.post("/api/v1/private/spans/batch", {"spans": [span]}).status == 204


def usage_of(span: dict[str, Any]) -> dict[str, int]:
    """Return the usage without the copies of the same numbers that the Opik client adds."""
    return {k: n for k, n in span["usage"].items() if not k.startswith("original_usage.")}


def test_completion_becomes_a_trace_and_an_llm_span(session):
    found = session.found("sync")
    trace, span = found.trace, found.span
    assert trace["name"] == "chat.completion"
    assert trace["input"] == MESSAGES
    assert trace["output"]["choices"][0]["message"]["content"] == ANSWER
    assert trace["thread_id"] == "thread-1"
    assert trace["tags"] == ["t1", "t2", "openai"]
    assert trace["span_count"] == trace["llm_span_count"] == 1
    assert span["trace_id"] == trace["id"]
    assert span.get("parent_span_id") is None
    assert span["name"].startswith("gpt-4o-mini_chat.completion_")
    assert (span["type"], span["model"], span["provider"]) == ("llm", "gpt-4o-mini", "openai")
    assert span["input"] == MESSAGES
    assert span["output"] == trace["output"]
    assert span["tags"] == ["t1", "t2", "openai"]
    assert (span["start_time"], span["end_time"]) == (trace["start_time"], trace["end_time"])
    assert span["start_time"] < span["end_time"]


def test_usage_and_cost_are_what_litellm_said(session):
    found = session.found("sync")
    assert usage_of(found.span) == USAGE
    assert usage_of(found.trace) == USAGE
    assert session.facts["sync"]["cost"] == pytest.approx(COST)
    assert found.span["total_estimated_cost"] == pytest.approx(COST)
    assert found.trace["total_estimated_cost"] == pytest.approx(COST)


def test_metadata_keeps_the_callers_keys_and_litellms(session):
    for item in (session.found("sync").trace, session.found("sync").span):
        metadata = item["metadata"]
        assert metadata["created_from"] == "litellm"
        assert metadata["custom"] == {"deep": [1, "two"]}
        assert metadata["thread_id"] == "thread-1"
        assert metadata["tags"] == ["t1", "t2"]
        assert metadata["model"] == "gpt-4o-mini"
        assert metadata["cost"] == {"total_tokens": pytest.approx(COST), "currency": "USD"}
        assert metadata["usage_object"]["prompt_tokens_details"]["cached_tokens"] == 4


def test_search_finds_the_call_by_tag_thread_model_and_metadata(session):
    found = session.found("sync")
    project = f"{session.prefix}sync"
    by_tag = session.reader.search("traces", project, ("tags", "contains", "t2"))
    by_thread = session.reader.search("traces", project, ("thread_id", "=", "thread-1"))
    by_model = session.reader.search("spans", project, ("model", "=", "gpt-4o-mini"))
    by_key = session.reader.search(
        "spans", project, ("metadata", "=", "litellm"), key="created_from"
    )
    none = session.reader.search("spans", project, ("model", "=", "gpt-4o"))
    assert [t["id"] for t in by_tag] == [t["id"] for t in by_thread] == [found.trace["id"]]
    assert [s["id"] for s in by_model] == [s["id"] for s in by_key] == [found.span["id"]]
    assert none == []


def test_one_trace_reads_the_same_alone(session):
    found = session.found("sync")
    trace = session.reader.trace(found.trace["id"])
    span = session.reader.span(found.span["id"])
    for field in ("name", "input", "output", "metadata", "tags", "thread_id", "usage"):
        assert trace[field] == found.trace[field], field
    for field in ("name", "input", "output", "metadata", "tags", "model", "provider", "usage"):
        assert span[field] == found.span[field], field
    assert span["total_estimated_cost"] == pytest.approx(COST)


def test_calls_of_one_thread_are_one_thread(session):
    found = session.found("thread", traces=2, spans=2)
    assert [trace["thread_id"] for trace in found.traces] == ["Ünï / thread?#1"] * 2


@pytest.mark.parametrize("case", ["stream", "async-stream"])
def test_a_stream_is_stored_once_with_the_whole_answer(session, case):
    found = session.found(case)
    assert found.trace["output"]["choices"][0]["message"]["content"] == ANSWER
    assert usage_of(found.span) == USAGE
    assert found.span["total_estimated_cost"] == pytest.approx(COST)
    assert (found.span["model"], found.span["provider"]) == ("gpt-4o-mini", "openai")


def test_async_calls_arrive_too(session):
    found = session.found("async")
    assert found.trace["input"] == MESSAGES
    assert found.trace["thread_id"] == "thread-a"
    assert found.trace["tags"] == ["t1", "openai"]
    assert found.span["trace_id"] == found.trace["id"]
    assert found.span["total_estimated_cost"] == pytest.approx(COST)


@pytest.mark.parametrize("case", ["embedding", "async-embedding"])
def test_embeddings_have_tokens_and_cost(session, case):
    found = session.found(case)
    assert found.trace["name"] == "list"
    assert found.span["model"] == "text-embedding-3-small"
    assert usage_of(found.span)["prompt_tokens"] == PROMPT_TOKENS
    assert found.span["total_estimated_cost"] == pytest.approx(PROMPT_TOKENS * 2e-8)


def test_tool_calls_and_text_completions_arrive(session):
    message = session.found("tool").trace["output"]["choices"][0]["message"]
    assert message["tool_calls"][0]["function"]["name"] == "weather"
    text = session.texts()
    assert len(text.traces) in {1, 2}
    assert {trace["name"] for trace in text.traces} == {"text_completion"}
    assert {span["model"] for span in text.spans} == {"gpt-4o"}


def test_a_cost_that_litellm_does_not_send_is_worked_out(session):
    assert session.facts["text"]["cost"] is None
    # gpt-4o: 2.50 USD a million tokens asked, 10.00 answered.
    costs = [span["total_estimated_cost"] for span in session.texts().spans]
    assert costs == pytest.approx([9.75e-05] * len(costs))


def test_a_model_that_nobody_prices_has_no_cost(session):
    span = session.found("unpriced").span
    assert span.get("total_estimated_cost") is None
    assert usage_of(span) == USAGE


def test_the_callers_own_price_wins(session):
    assert session.found("own-price").span["total_estimated_cost"] == pytest.approx(0.025)
    free = session.found("free")
    assert free.span["total_estimated_cost"] == 0
    assert free.trace["total_estimated_cost"] == 0


def test_call_joins_an_existing_trace_of_another_project(session):
    joined = session.found("joined", traces=0)
    assert joined.span["trace_id"] == session.trace_id
    assert joined.span["parent_span_id"] == session.span_id
    workflow = session.reader.trace(session.trace_id)
    assert workflow["span_count"] == 2
    assert workflow["llm_span_count"] == 1
    assert usage_of(workflow) == USAGE
    assert workflow["total_estimated_cost"] == pytest.approx(COST)


def test_the_tree_of_the_joined_trace_has_the_call(session):
    """Asked for by the trace alone: the call's span is in another project than its trace."""
    session.found("joined", traces=0)
    tree = session.reader.spans(trace_id=session.trace_id)
    assert [span["name"].partition("_")[0] for span in tree] == ["step", "gpt-4o-mini"]


def test_span_data_that_is_no_span_makes_a_trace_of_its_own(session):
    found = session.found("not-joined")
    assert found.span["trace_id"] == found.trace["id"]
    assert "current_span_data" not in found.trace["metadata"]


def test_one_model_has_one_name_however_it_was_called(session):
    """A router's metadata names the deployment, `openai/gpt-4o-mini`."""
    span = session.found("alias").span
    assert span["metadata"]["model"] == "openai/gpt-4o-mini"
    assert span["model"] == "gpt-4o-mini"


def test_providers_have_the_names_of_the_price_list(session):
    spans = session.found("providers", traces=5, spans=5).spans
    assert [(span["provider"], span["model"]) for span in spans] == [
        ("google_ai", "gemini-2.0-flash"),
        ("vertex_ai", "gemini-2.0-flash"),
        ("groq", "llama-3.1-8b-instant"),
        ("anthropic", "claude-3-5-haiku-20241022"),
        ("bedrock", "anthropic.claude-3-haiku-20240307-v1:0"),
    ]
    assert all(span["total_estimated_cost"] > 0 for span in spans)


def test_failed_calls_are_not_sent(session):
    session.from_file()  # the last of all is there
    assert session.facts["failed-401"] == session.facts["async-failed-401"] == "AuthenticationError"
    assert session.facts["failed-429"] == session.facts["async-failed-429"] == "RateLimitError"
    assert session.facts["failed-500"] == "InternalServerError"
    assert session.reader.project(f"{session.prefix}failed") == Found([], [])


def test_the_guides_call_lands_where_the_config_file_says(session):
    found = session.from_file()
    (trace,) = [trace for trace in found.traces if trace["name"] == "chat.completion"]
    assert trace["tags"] == ["faq", "openai"]
    assert trace["thread_id"] == "chat-42"
    assert trace["total_estimated_cost"] == pytest.approx(COST)


def test_base_url_may_end_in_a_slash(session):
    if session.has_opik:
        pytest.skip("the Opik client joins its own URLs")
    found = session.found("slash")
    assert found.span["trace_id"] == found.trace["id"]


def test_raw_key_opens_its_workspace(session, keyed):
    if session.has_opik:
        pytest.skip("the Opik client has its own way with keys")
    server, key = keyed
    found = Reader(server, {"Authorization": key, "Comet-Workspace": "team"}).wait("keyed")
    assert found.span["trace_id"] == found.trace["id"]
    assert server.get("/api/v1/private/spans?project_name=keyed").status == 401


def test_call_hangs_in_a_tracked_function(session):
    if not session.has_opik:
        pytest.skip("`@track` is of the Opik package")
    assert session.facts["tracked"] == ANSWER
    found = session.from_file()
    (trace,) = [trace for trace in found.traces if trace["name"] == "answer"]
    function = found.named("answer")
    (call,) = [s for s in found.spans if s.get("parent_span_id") == function["id"]]
    assert trace["output"] == {"output": ANSWER}
    assert call["trace_id"] == function["trace_id"] == trace["id"]
    assert (call["type"], call["model"]) == ("llm", "gpt-4o-mini")
    assert trace["total_estimated_cost"] == pytest.approx(COST)
    assert trace["providers"] == ["openai"]
