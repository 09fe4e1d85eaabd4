"""What of a call becomes a trace: names, places, hints, spend, broadcast."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sightline.core.ids import format_id
from sightline.domain.gateway import Caller
from sightline.domain.generation import UsedKey, span_id_of
from tests.fakes.gateway import CALLER, Gateway, endpoint, gateway, model
from tests.fakes.upstream import Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


async def one(it: Gateway, **more: Any) -> tuple[Any, Any]:
    """Make a call; return its trace and its llm span."""
    before = set(it.store.spans)
    headers = more.pop("headers", None)
    status, _, body = await it.chat("a/m", headers=headers, **more)
    assert status == 200
    await it.recorder.drained()
    span_id = span_id_of(body["id"])
    assert span_id is not None and span_id not in before
    (span,) = it.store.spans[span_id]
    traces = it.store.traces.get(span.trace_id)
    return (traces[-1] if traces else None), span


async def test_a_plain_call(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("a/m", endpoint(upstream.base_url, "gpt-4o-mini"))]) as it:
        app = {"HTTP-Referer": "https://app.example", "X-Title": "My app"}
        trace, span = await one(it, temperature=0.5, metadata={"team": "x"}, headers=app)
        assert trace.name == span.name == "a/m"
        assert span.parent_span_id is None
        assert (span.type, span.model, span.provider) == ("llm", "gpt-4o-mini", "openai")
        assert json.loads(trace.input)["messages"][0]["content"] == "Say hello"
        assert json.loads(span.output)["choices"][0]["message"]["content"]
        assert span.usage["prompt_tokens"] == 11
        assert span.usage["original_usage.prompt_tokens_details.cached_tokens"] == 4
        assert float(span.total_estimated_cost) == pytest.approx(25e-6)
        assert trace.end_time_us >= trace.start_time_us
        assert trace.project_name is None
        told = json.loads(trace.metadata)
        assert told["team"] == "x"
        assert told["model_requested"] == told["model"] == "a/m"
        assert told["parameters"] == {"temperature": 0.5}
        block = told["gateway"]
        label = "sk-sl-v1-abc...wxyz"
        assert block["key"] == {"name": "test key", "label": label, "hash": "ab" * 32}
        assert block["app"]["title"] == "My app"
        assert block["app"]["referer"] == "https://app.example"
        assert block["finish_reason"] == "stop"
        assert block["cost"]["total"] == pytest.approx(25e-6)
        assert [a["status"] for a in block["attempts"]] == [200]
        assert "sk-upstream-secret" not in trace.metadata


@pytest.mark.parametrize("label", ["", "****"])
async def test_of_keys_that_people_choose_no_hash_is_kept(
    tmp_path: Path, upstream: Upstream, label: str
) -> None:
    async with gateway(tmp_path, [model("a/m", endpoint(upstream.base_url, "up"))]) as it:
        used = UsedKey(hash="ab" * 32, name="master key of the file", label=label)
        it.callers.caller = msgspec.structs.replace(CALLER, key=used)
        await it.chat("a/m")
        (kept,) = await it.kept()
        (write,) = it.store.spans[kept.span_id]
        assert used.name in (write.metadata or "")
        assert used.hash not in (write.metadata or "")


async def test_names_and_the_tree_of_trace(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("a/m", endpoint(upstream.base_url, "up"))]) as it:
        said = {
            "trace_name": "Doc run",
            "span_name": "Step 2",
            "generation_name": "Summarise",
            "environment": "production",
            "version": "1.2",
        }
        trace, span = await one(it, trace=said, user="user_1", session_id="sess_9")
        assert (trace.name, span.name) == ("Doc run", "Summarise")
        (step,) = it.store.spans[span.parent_span_id]
        assert (step.name, step.type, step.parent_span_id) == ("Step 2", "general", None)
        assert trace.thread_id == "sess_9"
        assert trace.environment == span.environment == "production"
        told = json.loads(trace.metadata)
        assert (told["user"], told["session_id"], told["version"]) == ("user_1", "sess_9", "1.2")
        assert "trace" not in upstream.calls[0].body
        trace, _ = await one(it, headers={"x-session-id": "by-header"})
        assert trace.thread_id == "by-header"


@pytest.mark.parametrize(
    "name", ["wf_1", "0af7651916cd43dd8448eb211c80319c", "0198c5d2-6f4b-4c1e-9a57-3d2f8e6b7a10"]
)
async def test_calls_that_name_a_trace_are_one(
    tmp_path: Path, upstream: Upstream, name: str
) -> None:
    async with gateway(tmp_path, [model("a/m", endpoint(upstream.base_url, "up"))]) as it:
        _, first = await one(it, trace={"trace_id": name}, seed=1)
        _, second = await one(it, trace={"trace_id": name}, seed=2)
        assert first.trace_id == second.trace_id
        if "-" in name:
            assert format_id(first.trace_id) == name
        writes = it.store.traces[first.trace_id]
        begins = [w for w in writes if w.start_time_us is not None]
        ends = [w for w in writes if w.end_time_us is not None]
        # The earliest start and input win, the latest end and output, in whatever order they come.
        assert max(begins, key=lambda w: w.version_us).start_time_us == first.start_time_us
        assert max(ends, key=lambda w: w.version_us).end_time_us == second.end_time_us
        # Whoever writes to the trace by other ways wins over the first input.
        assert all(w.version_us < first.start_time_us for w in begins)


async def test_a_parent_in_the_callers_own_tracing(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("a/m", endpoint(upstream.base_url, "up"))]) as it:
        parent = str(uuid.uuid4())
        said = {"trace_id": str(uuid.uuid4()), "parent_span_id": parent}
        _, span = await one(it, trace=said)
        assert format_id(span.parent_span_id) == parent


async def test_opiks_hints_from_key_body_and_headers(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("a/m", endpoint(upstream.base_url, "up"))]) as it:
        fields = {name: getattr(CALLER, name) for name in CALLER.__struct_fields__}
        raw = {"project_name": "of key", "tags": ["kt"], "thread_id": "t-key"}
        it.callers.caller = Caller(**fields | {"opik_raw": raw, "metadata": {"team": "key"}})
        trace, span = await one(it)
        assert (trace.project_name, trace.tags, trace.thread_id) == ("of key", ["kt"], "t-key")
        assert span.project_name == "of key"
        assert json.loads(trace.metadata)["team"] == "key"
        opik = {"project_name": "of body", "tags": ["bt"], "custom": 1}
        trace, _ = await one(it, metadata={"opik": opik})
        assert (trace.project_name, trace.tags, trace.thread_id) == ("of body", ["bt"], "t-key")
        assert json.loads(trace.metadata)["custom"] == 1
        assert "opik" not in json.loads(trace.metadata)
        for style in ("opik_project_name", "opik-project-name"):
            headers = {
                style: "of header",
                style.replace("project_name", "tags").replace("project-name", "tags"): '["ht"]',
            }
            trace, _ = await one(it, metadata={"opik": opik}, headers=headers)
            assert (trace.project_name, trace.tags) == ("of header", ["bt", "ht"])
        # What cannot be read fails no call.
        trace, _ = await one(it, metadata={"opik": "?"}, headers={"opik_tags": "[broken"})
        assert trace.tags == ["kt"]


@pytest.mark.parametrize("how", ["dict", "text", "header"])
async def test_current_span_data_hangs_the_call_under_a_span(
    tmp_path: Path, upstream: Upstream, how: str
) -> None:
    ids = {"trace_id": str(uuid.uuid4()), "id": str(uuid.uuid4())}
    async with gateway(tmp_path, [model("a/m", endpoint(upstream.base_url, "up"))]) as it:
        more: dict[str, Any] = {}
        if how == "header":
            more["headers"] = {"opik_current_span_data": json.dumps(ids)}
        else:
            data = ids if how == "dict" else json.dumps(ids)
            more["metadata"] = {"opik": {"current_span_data": data, "project_name": "p"}}
        trace, span = await one(it, **more)
        assert trace is None
        assert format_id(span.trace_id) == ids["trace_id"]
        assert format_id(span.parent_span_id) == ids["id"]


async def test_each_call_is_offered_once_to_broadcast(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("a/m", endpoint(upstream.base_url, "up"))]) as it:
        for _ in range(5):
            await it.chat("a/m")
        assert len(await it.kept()) == 5
        assert sum(it.callers.recorded.values()) == 5
        assert it.recorder.figures().recorded == 5
        assert it.recorder.figures().backlog_bytes == 0
