"""Calls that do not go well: upstreams slow, dead, full of garbage, cut, and callers that leave."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sightline.domain.gateway import RouterOptions, Timeouts
from sightline.net.outbound import Outbound, OutboundOptions
from sightline.services.gateway.options import GatewayOptions
from tests.fakes.gateway import Gateway, endpoint, events_of, gateway, model
from tests.fakes.upstream import Fault, Upstream

QUICK = Timeouts(connect=0.2, first_byte=0.2, idle=0.2, total=2)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


def dead_url() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        (Fault(delay_s=1), 504, "timeout"),
        (Fault(garbage=True), 502, "provider_unavailable"),
        (Fault(status=500, message="boom"), 502, "provider_unavailable"),
        (Fault(status=503, message="full"), 503, "provider_overloaded"),
        (Fault(status=429, message="slow down"), 429, "rate_limit_exceeded"),
        (Fault(status=401, message="bad key sk-upstream-secret"), 502, "provider_unavailable"),
        (Fault(status=400, message="what is this"), 400, "invalid_request"),
        (
            Fault(status=400, message="This model's maximum context length is 10 tokens"),
            400,
            "context_length_exceeded",
        ),
    ],
)
async def test_an_error_before_the_first_token_is_an_http_error(
    tmp_path: Path, upstream: Upstream, fault: Fault, status: int, kind: str, stream: bool
) -> None:
    upstream.plans["up"] = [fault]
    async with gateway(
        tmp_path, [model("m", endpoint(upstream.base_url, "up", timeouts=QUICK))]
    ) as it:
        got, headers, body = await it.chat("m", stream=stream)
        error = body["error"]
        assert (got, error["code"]) == (status, status)
        assert error["metadata"]["error_type"] == kind
        assert headers["x-generation-id"].startswith("gen-")
        assert "sk-upstream-secret" not in str(body)
        (kept,) = await it.kept()
        assert (kept.status, kept.error and kept.error.type) == (status, kind)
        assert kept.attempts[0].error
        (trace,) = it.store.traces.values()
        assert kind in (trace[0].error_info or "")


async def test_a_dead_upstream(tmp_path: Path) -> None:
    async with gateway(tmp_path, [model("m", endpoint(dead_url(), "up"))]) as it:
        status, _, body = await it.chat("m")
        assert (status, body["error"]["metadata"]["error_type"]) == (502, "provider_unavailable")
        assert body["error"]["availability"]["code"] == "temporarily_unavailable"
        assert body["error"]["availability"]["retryable"] is True


async def test_what_may_pass_is_tried_again(tmp_path: Path, upstream: Upstream) -> None:
    upstream.plans["flaky"] = [Fault(status=503), Fault(garbage=True), Fault()]
    router = RouterOptions(num_retries=2)
    models = [model("m", endpoint(upstream.base_url, "flaky"))]
    async with gateway(tmp_path, models, router=router) as it:
        assert (await it.chat("m"))[0] == 200
        (kept,) = await it.kept()
        assert [a.status for a in kept.attempts] == [503, 502, 200]
        spans = [s for writes in it.store.spans.values() for s in writes]
        assert sorted(s.type or "" for s in spans) == ["general", "general", "general", "llm"]


async def test_retry_after_is_honoured_and_bounded(tmp_path: Path, upstream: Upstream) -> None:
    upstream.plans["short"] = [Fault(status=429, retry_after="0"), Fault()]
    upstream.plans["long"] = [Fault(status=429, retry_after="3600")]
    models = [model(n, endpoint(upstream.base_url, n)) for n in ("short", "long")]
    router = RouterOptions(num_retries=2)
    async with gateway(tmp_path, models, router=router) as it:
        assert (await it.chat("short"))[0] == 200
        status, headers, body = await it.chat("long")
        assert (status, headers["retry-after"]) == (429, "3600")
        assert body["error"]["availability"]["code"] == "capacity_exhausted"
        assert [c.body["model"] for c in upstream.calls] == ["short", "short", "long"]


async def test_the_next_provider_takes_over_and_stays(tmp_path: Path, upstream: Upstream) -> None:
    upstream.plans["bad"] = [Fault(status=500)]
    endpoints = (
        endpoint(upstream.base_url, "bad", provider="one", provider_name="One", order=0),
        endpoint(upstream.base_url, "good", provider="two", provider_name="Two", order=1),
    )
    async with gateway(tmp_path, [model("m", *endpoints)]) as it:
        for _ in range(3):
            _, _, body = await it.chat("m")
            assert body["provider"] == "Two"
        # After its failure it comes last for a while.
        assert [c.body["model"] for c in upstream.calls] == ["bad", "good", "good", "good"]


async def test_a_fallback_model_answers_under_its_own_name(
    tmp_path: Path, upstream: Upstream
) -> None:
    upstream.plans["bad"] = [Fault(status=400, message="no")]
    models = [model("a/first", endpoint(upstream.base_url, "bad"))]
    models += [model("b/second", endpoint(upstream.base_url, "good"))]
    async with gateway(tmp_path, models) as it:
        for stream in (False, True):
            _, _, body = await it.chat("a/first", models=["b/second"], stream=stream)
            value = events_of(body)[0] if stream else body
            assert value["model"] == "b/second"
        for kept in await it.kept():
            assert (kept.model_requested, kept.model) == ("a/first", "b/second")
            assert kept.strategy == "fallback"


async def test_models_for_errors_of_their_kind(tmp_path: Path, upstream: Upstream) -> None:
    upstream.plans["small"] = [
        Fault(status=400, message="This model's maximum context length is 10 tokens")
    ]
    upstream.plans["strict"] = [Fault(status=400, message="violates our usage policies")]
    names = ("small", "large", "strict", "free-minded")
    router = RouterOptions(
        num_retries=0,
        context_window_fallbacks={"small": ("large",)},
        content_policy_fallbacks={"strict": ("free-minded",)},
    )
    models = [model(n, endpoint(upstream.base_url, n)) for n in names]
    async with gateway(tmp_path, models, router=router) as it:
        assert (await it.chat("small"))[2]["model"] == "large"
        assert (await it.chat("strict"))[2]["model"] == "free-minded"


@pytest.mark.parametrize("fault", [Fault(cut_after=3), Fault(pause_s=0.5)])
async def test_an_error_after_the_first_token_is_the_last_event(
    tmp_path: Path, upstream: Upstream, fault: Fault
) -> None:
    upstream.plans["up"] = [fault]
    async with gateway(
        tmp_path, [model("m", endpoint(upstream.base_url, "up", timeouts=QUICK))]
    ) as it:
        status, _, text = await it.chat("m", stream=True)
        if fault.pause_s:
            # Nothing but the role came in time: that is no token.
            assert status == 504
            return
        assert status == 200
        values = events_of(text)
        assert values[1]["choices"][0]["delta"]["content"] == "Hello"
        last = values[-1]
        assert last["error"]["code"] == 502
        assert last["error"]["metadata"]["error_type"] == "provider_unavailable"
        assert last["choices"][0]["finish_reason"] == "error"
        assert text.endswith("data: [DONE]\n\n")
        (kept,) = await it.kept()
        assert kept.error is not None
        assert kept.completion == "Hello from"
        assert kept.cost is not None and kept.cost.total == 0


@pytest.mark.parametrize("api", ["messages", "responses"])
async def test_errors_after_the_first_token_in_other_tongues(
    tmp_path: Path, upstream: Upstream, api: str
) -> None:
    upstream.plans["up"] = [Fault(cut_after=3)]
    chat_only = endpoint(upstream.base_url, "up", options={"apis": ["chat"]})
    ask: dict[str, Any] = {"model": "m", "stream": True, "input": "Hi", "max_tokens": 9}
    if api == "messages":
        ask["messages"] = [{"role": "user", "content": "Hi"}]
        del ask["input"]
    async with gateway(tmp_path, [model("m", chat_only)]) as it:
        _, _, text = await it.post(f"/api/v1/{api}", ask)
        last = events_of(text)[-1]
        assert last["type"] == ("error" if api == "messages" else "response.failed")


async def test_comments_keep_a_silent_stream_open(tmp_path: Path, upstream: Upstream) -> None:
    upstream.plans["slow"] = [Fault(delay_s=0.4)]
    upstream.plans["slow-and-bad"] = [Fault(delay_s=0.4, status=500)]
    options = GatewayOptions(keep_alive_s=0.1, flush_interval_s=0.01)
    models = [model(n, endpoint(upstream.base_url, n)) for n in ("slow", "slow-and-bad")]
    async with gateway(tmp_path, models, options=options) as it:
        status, _, text = await it.chat("slow", stream=True)
        assert (status, text.startswith(": SIGHTLINE PROCESSING\n\n")) == (200, True)
        assert "Hello" in text
        # The status is out by then: the error is an event.
        status, headers, text = await it.chat("slow-and-bad", stream=True)
        assert status == 200
        (value,) = events_of(text)
        assert value["error"]["code"] == 502
        assert value["id"] == headers["x-generation-id"]


async def test_a_caller_that_hangs_up_ends_the_call_upstream(
    tmp_path: Path, upstream: Upstream
) -> None:
    upstream.plans["slow"] = [Fault(pause_s=0.1)]
    upstream.plans["silent"] = [Fault(delay_s=1.5)]
    models = [model(n, endpoint(upstream.base_url, n)) for n in ("slow", "silent")]
    async with gateway(tmp_path, models) as it:
        await _hang_up(it, "slow", stream=True)
        await _hang_up(it, "silent", stream=False)
        async with asyncio.timeout(5):
            while len(it.store.generations) < 2:
                await asyncio.sleep(0.02)
        by_model = {g.model_requested: g for g in it.store.generations}
        slow, silent = by_model["slow"], by_model["silent"]
        assert slow.cancelled and silent.cancelled
        assert slow.status == 200
        assert (slow.completion or "").startswith("Hello")
        assert slow.usage is not None and slow.usage.is_estimated
        assert silent.status == 499
        async with asyncio.timeout(5):
            while "slow" not in upstream.hung_up:
                await asyncio.sleep(0.02)
        assert all(f.in_flight == 0 for f in it.engine.outages.figures().values())


async def _hang_up(it: Gateway, name: str, *, stream: bool) -> None:
    body = {"model": name, "stream": stream, "messages": [{"role": "user", "content": "hi"}]}
    async with aiohttp.ClientSession() as session:
        if not stream:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await session.post(it.url + "/v1/chat/completions", json=body)
            return
        async with session.post(it.url + "/v1/chat/completions", json=body) as answer:
            async for line in answer.content:
                if b"Hello" in line:
                    break
            answer.close()


async def test_a_private_address_that_a_user_typed_is_not_called(
    tmp_path: Path, upstream: Upstream
) -> None:
    typed = endpoint(upstream.base_url, "up", allows_private=False)
    async with gateway(tmp_path, [model("m", typed)]) as it:
        status, _, body = await it.chat("m")
        assert status == 502
        assert "gateway.allow_private_addresses" in body["error"]["message"]
        assert upstream.calls == []
    allowed = Outbound(OutboundOptions(allow_private=True))
    async with gateway(tmp_path, [model("m", typed)], outbound=allowed) as it:
        assert (await it.chat("m"))[0] == 200


async def test_limits_of_endpoints_are_kept(tmp_path: Path, upstream: Upstream) -> None:
    limited = endpoint(upstream.base_url, "up", rpm=2)
    other = endpoint(upstream.base_url, "other", order=1)
    models = [model("alone", limited), model("two", limited, other)]
    async with gateway(tmp_path, models) as it:
        assert [(await it.chat("alone"))[0] for _ in range(2)] == [200, 200]
        status, headers, body = await it.chat("alone")
        assert status == 429
        assert 1 <= int(headers["retry-after"]) <= 61
        assert body["error"]["availability"]["code"] == "capacity_exhausted"
        assert (await it.chat("two"))[0] == 200
        assert upstream.calls[-1].body["model"] == "other"


async def test_when_nothing_can_be_kept_nothing_is_asked(
    tmp_path: Path, upstream: Upstream
) -> None:
    from sightline.core.errors import StoreUnavailableError
    from tests.fakes.gateway import MemoryStore

    store = MemoryStore()
    store.failing = StoreUnavailableError("down")
    options = GatewayOptions(max_spool_bytes=1 << 20, flush_interval_s=0.01)
    models = [model("m", endpoint(upstream.base_url, "up"))]
    async with gateway(tmp_path, models, options=options, store=store) as it:
        text = "x" * 300_000
        statuses = []
        for _ in range(5):
            body = {"model": "m", "messages": [{"role": "user", "content": text}]}
            status, headers, _ = await it.post("/v1/chat/completions", body)
            statuses.append(status)
        assert statuses[:3] == [200, 200, 200]
        assert statuses[-1] == 503
        assert headers["retry-after"]
        calls = len(upstream.calls)
        assert calls == statuses.count(200)
        store.failing = None
        assert len(await it.kept()) == calls
        assert (await it.chat("m"))[0] == 200


async def test_callers_hear_of_providers_not_of_hosts(tmp_path: Path, upstream: Upstream) -> None:
    upstream.plans |= {"slow": [Fault(delay_s=1)], "cut": [Fault(cut_after=3)]}
    upstream.plans["early"] = [Fault(cut_after=0)]
    upstream.plans["huge"] = [Fault(huge=True)]
    named = {"provider_name": "Some Provider", "timeouts": QUICK}
    names = ("slow", "cut", "early", "huge")
    models = [model(name, endpoint(upstream.base_url, name, **named)) for name in names]
    models.append(model("dead", endpoint(dead_url(), "dead", **named)))
    both = (endpoint(dead_url(), "first", order=0, **named), models[0].endpoints[0])
    models.append(model("both", *both))
    options = GatewayOptions(max_answer_bytes=10_000, flush_interval_s=0.01)
    async with gateway(tmp_path, models, options=options) as it:
        whole, streamed = ("slow", "huge", "dead", "both"), ("slow", "cut", "early", "dead", "both")
        calls = [(name, False) for name in whole] + [(name, True) for name in streamed]
        for name, stream in calls:
            said = str((await it.chat(name, stream=stream))[2])
            assert "Some Provider" in said, (name, said)
            assert "127.0.0.1" not in said, (name, said)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_server_without_responses_is_asked_as_chat(
    tmp_path: Path, upstream: Upstream, stream: bool
) -> None:
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "up"))]) as it:
        ask = {"model": "m", "input": "Hi", "stream": stream}
        for _ in range(2):
            status, _, body = await it.post("/v1/responses", ask)
            assert status == 200
            assert "upstream" in str(body)
        paths = [call.path for call in upstream.calls]
        # It is asked once, and then known.
        assert paths == ["/v1/responses", "/v1/chat/completions", "/v1/chat/completions"]
        assert [len(kept.attempts) for kept in await it.kept()] == [1, 1]


async def test_a_model_that_is_not_there_is_no_missing_path(
    tmp_path: Path, upstream: Upstream
) -> None:
    upstream.plans["gone"] = [Fault(status=404, message="The model `gone` does not exist")]
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "gone"))]) as it:
        status, _, _ = await it.post("/v1/responses", {"model": "m", "input": "Hi"})
        assert status == 404
        assert [call.path for call in upstream.calls] == ["/v1/responses"]
