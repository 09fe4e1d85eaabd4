"""Calls that go well, through the real hot path and a fake upstream."""

import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sightline.core.errors import PaymentRequiredError, RateLimitedError
from sightline.domain.gateway import Caller, Preset, RouterOptions
from sightline.domain.generation import generation_id, span_id_of
from sightline.services.gateway.options import GatewayOptions
from tests.fakes.gateway import CALLER, endpoint, events_of, gateway, model
from tests.fakes.upstream import Fault, Upstream

HELLO = {"messages": [{"role": "user", "content": "Say hello"}]}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


async def test_an_answer_says_what_it_is_and_what_it_cost(
    tmp_path: Path, upstream: Upstream
) -> None:
    async with gateway(tmp_path, [model("maker/m", endpoint(upstream.base_url, "up"))]) as it:
        status, headers, body = await it.chat("maker/m", temperature=0.5)
        assert status == 200
        assert body["id"] == headers["x-generation-id"]
        assert span_id_of(body["id"]) is not None
        assert (body["model"], body["provider"]) == ("maker/m", "OpenAI")
        assert body["choices"][0]["message"]["content"] == "Hello from upstream"
        usage = body["usage"]
        assert usage["cost"] == pytest.approx(11e-6 + 14e-6)
        assert usage["prompt_tokens_details"]["cached_tokens"] == 4
        assert usage["cost_details"]["upstream_inference_prompt_cost"] == pytest.approx(11e-6)
        sent = upstream.calls[0]
        assert sent.headers["authorization"] == "Bearer sk-upstream-secret"
        assert sent.body == {"model": "up", "temperature": 0.5, **HELLO}
        (kept,) = await it.kept()
        assert kept.cost is not None
        assert kept.cost.total == Decimal("0.000025") == it.callers.total_usd
        assert list(it.callers.recorded.values()) == [1]


async def test_a_stream_ends_with_usage_though_nobody_asked(
    tmp_path: Path, upstream: Upstream
) -> None:
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "up"))]) as it:
        status, headers, text = await it.chat("m", stream=True)
        assert status == 200
        assert headers["content-type"].startswith("text/event-stream")
        assert text.endswith("data: [DONE]\n\n")
        values = events_of(text)
        assert {v["id"] for v in values} == {headers["x-generation-id"]}
        assert "".join(
            v["choices"][0]["delta"].get("content", "") for v in values if v["choices"]
        ) == ("Hello from upstream")
        assert values[-1]["choices"] == []
        assert values[-1]["usage"]["cost"] == pytest.approx(25e-6)
        (kept,) = await it.kept()
        assert kept.streamed and kept.first_token_us is not None
        assert json.loads(kept.output or "")["choices"][0]["message"]["content"] == (
            "Hello from upstream"
        )


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/chat/completions",
        "/v1/chat/completions",
        "/chat/completions",
        "/api/v1//chat/completions",
        "/openai/deployments/maker/m/chat/completions?api-version=2024-06-01",
        "/engines/maker/m/chat/completions",
    ],
)
async def test_paths_of_all_kinds_of_clients(tmp_path: Path, upstream: Upstream, path: str) -> None:
    async with gateway(tmp_path, [model("maker/m", endpoint(upstream.base_url, "up"))]) as it:
        body = dict(HELLO) if "maker" in path else {"model": "maker/m", **HELLO}
        assert (await it.post(path, body))[0] == 200


async def test_other_paths_go_on_to_the_app_inside(tmp_path: Path) -> None:
    async with gateway(tmp_path, []) as it:
        for path in ("/api/v1/models", "/team/redirect/projects", "/v1/private/traces", "/v1/logs"):
            assert (await it.post(path, {}))[2] == "inner app"


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({"Authorization": "Bearer sk-1"}, "Bearer sk-1"),
        ({"x-api-key": "sk-2"}, "Bearer sk-2"),
        ({"api-key": "sk-3"}, "Bearer sk-3"),
        ({}, None),
    ],
)
async def test_keys_as_clients_send_them(
    tmp_path: Path, upstream: Upstream, headers: dict[str, str], seen: str | None
) -> None:
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "up"))]) as it:
        assert (await it.chat("m", headers=headers))[0] == 200
        assert it.callers.authorizations == [seen]


async def test_a_page_of_another_site_spends_nothing(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "up"))]) as it:
        status, _, body = await it.chat("m", headers={"Sec-Fetch-Site": "cross-site"})
        assert (status, body["error"]["metadata"]["error_type"]) == (403, "permission_denied")
        assert upstream.calls == []


async def test_each_api_has_its_own_shape(tmp_path: Path, upstream: Upstream) -> None:
    chat_only = endpoint(upstream.base_url, "up", options={"apis": ["chat"]})
    async with gateway(
        tmp_path,
        [model("m", endpoint(upstream.base_url, "up")), model("chat-only", chat_only)],
    ) as it:
        status, _, body = await it.post("/v1/completions", {"model": "m", "prompt": "Once"})
        assert (status, body["choices"][0]["text"]) == (200, "Hello from upstream")
        status, _, body = await it.post("/v1/embeddings", {"model": "m", "input": ["a", "b"]})
        assert (status, len(body["data"]), body["usage"]["cost"]) == (200, 2, pytest.approx(11e-6))
        status, _, body = await it.post("/v1/responses", {"model": "chat-only", "input": "Hi"})
        assert (status, body["object"]) == (200, "response")
        assert body["output"][0]["content"][0]["text"] == "Hello from upstream"
        assert body["usage"]["input_tokens"] == 11
        ask = {"model": "chat-only", "max_tokens": 10, **HELLO}
        status, _, body = await it.post("/v1/messages", ask)
        assert (status, body["type"], body["content"][0]["text"]) == (
            200,
            "message",
            "Hello from upstream",
        )
        assert body["usage"]["cost"] == pytest.approx(25e-6)
        kept = {g.api_type: g for g in await it.kept()}
        assert set(kept) == {"completions", "embeddings", "responses", "messages"}
        assert kept["embeddings"].output == '{"embeddings":2,"dimensions":3}'
        assert kept["messages"].completion == "Hello from upstream"


@pytest.mark.parametrize("api", ["responses", "messages", "completions"])
async def test_streams_of_other_apis_over_a_chat_upstream(
    tmp_path: Path, upstream: Upstream, api: str
) -> None:
    chat_only = endpoint(upstream.base_url, "up", options={"apis": ["chat"]})
    ask: dict[str, Any] = {"model": "m", "stream": True, "max_tokens": 10, **HELLO}
    if api == "responses":
        ask = {"model": "m", "stream": True, "input": "Hi"}
    elif api == "completions":
        ask = {"model": "m", "stream": True, "prompt": "Hi"}
    async with gateway(tmp_path, [model("m", chat_only)]) as it:
        status, _, text = await it.post(f"/api/v1/{api}", ask)
        assert status == 200
        last = events_of(text)[-1]
        if api == "responses":
            assert last["type"] == "response.completed"
            assert last["response"]["usage"]["cost"] == pytest.approx(25e-6)
        elif api == "messages":
            assert last["type"] == "message_stop"
            assert "event: message_delta" in text
        else:
            assert last["usage"]["cost"] == pytest.approx(25e-6)
        (kept,) = await it.kept()
        assert kept.completion == "Hello from upstream"
        assert kept.usage is not None and kept.usage.prompt_tokens == 11


async def test_the_echo_model_needs_no_network(tmp_path: Path) -> None:
    echo = endpoint("", "echo", dialect="echo", provider="sightline", provider_name="Sightline")
    async with gateway(tmp_path, [model("sightline/echo", echo)]) as it:
        _, _, body = await it.chat("sightline/echo")
        assert body["choices"][0]["message"]["content"] == "Say hello"
        _, _, text = await it.chat("sightline/echo", stream=True)
        assert "hello" in text


async def test_bodies_may_be_packed_and_must_be_json(tmp_path: Path, upstream: Upstream) -> None:
    small = GatewayOptions(max_body_bytes=2000, flush_interval_s=0.01)
    models = [model("m", endpoint(upstream.base_url, "up"))]
    async with gateway(tmp_path, models, options=small) as it:
        packed = gzip.compress(json.dumps({"model": "m", **HELLO}).encode())
        path = "/api/v1/chat/completions"
        assert (await it.post(path, packed, {"Content-Encoding": "gzip"}))[0] == 200
        bomb = gzip.compress(b" " * 1_000_000)
        for body, headers, status in (
            (b"{", {}, 400),
            (b"[]", {}, 400),
            (b"", {}, 400),
            (b'{"model": "m"}', {}, 400),
            (b"x" * 3000, {}, 413),
            (bomb, {"Content-Encoding": "gzip"}, 413),
            (packed[:-20], {"Content-Encoding": "gzip"}, 400),
            (packed, {"Content-Encoding": "br"}, 415),
        ):
            got, answered, error = await it.post(path, body, headers)
            assert got == status == error["error"]["code"], (body[:20], error)
            assert answered["x-generation-id"].startswith("gen-")
        _, _, error = await it.post("/v1/messages", b"{")
        assert error["type"] == "error"
        assert error["error"]["type"] == "invalid_request_error"


async def test_limits_of_a_key_are_told(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "up"))]) as it:
        it.callers.refuse = PaymentRequiredError("The key has used up its limit")
        status, _, body = await it.chat("m")
        assert (status, body["error"]["metadata"]["error_type"]) == (402, "payment_required")
        it.callers.refuse = RateLimitedError("Too many calls", retry_after_s=7)
        status, headers, body = await it.chat("m")
        assert (status, headers["retry-after"]) == (429, "7")
        assert upstream.calls == []


async def test_a_key_may_call_what_it_may(tmp_path: Path, upstream: Upstream) -> None:
    models = [model(name, endpoint(upstream.base_url, "up")) for name in ("a/1", "a/2", "b/1")]
    async with gateway(tmp_path, models) as it:
        fields = {name: getattr(CALLER, name) for name in CALLER.__struct_fields__}
        it.callers.caller = Caller(**fields | {"allowed_models": frozenset({"a/*"})})
        assert (await it.chat("a/2"))[0] == 200
        status, _, body = await it.chat("b/1")
        assert (status, "b/1" in body["error"]["message"]) == (403, True)
        _, _, body = await it.chat("a/1", models=["b/1"])
        assert body["model"] == "a/1"


async def test_presets_lie_below_what_a_request_says(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "up"))]) as it:
        it.catalogue.presets["terse"] = Preset(
            slug="terse",
            system_prompt="Be short.",
            config={"model": "m", "temperature": 0.1, "max_tokens": 5},
        )
        for named in ({"model": "@preset/terse"}, {"model": "m@preset/terse"}, {"preset": "terse"}):
            ask = {"temperature": 0.9, **named, **HELLO}
            assert (await it.post("/v1/chat/completions", ask))[0] == 200
            sent = upstream.calls[-1].body
            assert (sent["model"], sent["temperature"]) == ("up", 0.9)
            assert sent["messages"][0] == {"role": "system", "content": "Be short."}
        assert {g.preset for g in await it.kept()} == {"terse"}
        unknown = {"preset": "none", **HELLO}
        assert (await it.post("/v1/chat/completions", unknown))[0] == 404
        # A path below `presets` saves one; it is no call.
        path = "/api/v1/presets/terse/chat/completions"
        assert (await it.post(path, HELLO))[2] == "inner app"


async def test_router_metadata_on_request(tmp_path: Path, upstream: Upstream) -> None:
    upstream.plans["bad"] = [Fault(status=503)]
    endpoints = [
        endpoint(upstream.base_url, name, order=at) for at, name in enumerate(("bad", "up"))
    ]
    async with gateway(tmp_path, [model("m", *endpoints)]) as it:
        _, _, body = await it.chat("m")
        assert "openrouter_metadata" not in body
        _, _, body = await it.chat("m", headers={"X-OpenRouter-Metadata": "enabled"})
        block = body["openrouter_metadata"]
        assert block["requested"] == "m"
        assert [e["selected"] for e in block["endpoints"]["available"]].count(True) == 1
        _, _, text = await it.chat("m", stream=True, headers={"X-OpenRouter-Metadata": "enabled"})
        assert events_of(text)[-1]["openrouter_metadata"]["attempts"]


async def test_an_empty_answer_costs_nothing(tmp_path: Path, upstream: Upstream) -> None:
    upstream.plans["none"] = [Fault(empty=True)]
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "none"))]) as it:
        for stream in (False, True):
            _, _, body = await it.chat("m", stream=stream)
            usage = events_of(body)[-1]["usage"] if stream else body["usage"]
            assert (usage["cost"], usage["prompt_tokens"]) == (0, 11)
        assert it.callers.total_usd == 0


async def test_usage_is_estimated_when_nobody_tells_it(tmp_path: Path, upstream: Upstream) -> None:
    upstream.plans["mute"] = [Fault(no_usage=True)]
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "mute"))]) as it:
        for stream in (False, True):
            _, _, body = await it.chat("m", stream=stream)
            usage = events_of(body)[-1]["usage"] if stream else body["usage"]
            assert usage["completion_tokens"] > 0
            assert usage["cost"] > 0
        assert all(g.usage is not None and g.usage.is_estimated for g in await it.kept())


async def test_aliases_fallback_lists_and_variants(tmp_path: Path, upstream: Upstream) -> None:
    cheap = endpoint(upstream.base_url, "cheap", provider="together", provider_name="Together")
    router = RouterOptions(num_retries=0, aliases={"fast": "m"}, default_model="m")
    async with gateway(tmp_path, [model("m", cheap)], router=router) as it:
        for name in ("fast", "m:floor", "m:nitro", None):
            ask = {**HELLO, **({} if name is None else {"model": name})}
            status, _, body = await it.post("/v1/chat/completions", ask)
            assert (status, body["model"]) == (200, "m"), name
        status, _, body = await it.chat("m:free")
        assert (status, body["error"]["availability"]["code"]) == (404, "free_variant_ended")
        status, _, body = await it.chat("m:online")
        assert status == 400
        assert ":online" in body["error"]["message"]


def test_generation_ids_hold_their_span() -> None:
    span_id = bytes.fromhex("019a0000000070008000000000000001")
    assert span_id_of(generation_id(span_id)) == span_id
