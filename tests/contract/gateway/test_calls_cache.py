"""The response cache, as callers see it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.domain.gateway import Preset
from sightline.services.gateway.cache import ttl_s
from sightline.services.gateway.options import GatewayOptions
from tests.fakes.gateway import endpoint, events_of, gateway, model
from tests.fakes.upstream import Fault, Upstream

ON = {"X-OpenRouter-Cache": "true"}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (b"60", 60),
        (b"60abc", 60),
        (b"1.5", 1),
        (b"0", 1),
        (b"999999999", 86_400),
        (b"abc", None),
        (b"-5", None),
        (b"", None),
        (None, None),
    ],
)
def test_how_long_a_header_says(said: bytes | None, seconds: int | None) -> None:
    assert ttl_s(said) == seconds


@pytest.mark.parametrize("stream", [False, True])
async def test_a_hit_costs_nothing_and_has_its_own_id(
    tmp_path: Path, upstream: Upstream, stream: bool
) -> None:
    async with gateway(tmp_path, [model("a/m", endpoint(upstream.base_url, "up"))]) as it:
        _, missed, first = await it.chat("a/m", stream=stream, headers=ON)
        assert missed["x-openrouter-cache-status"] == "MISS"
        assert missed["x-openrouter-cache-ttl"] == "300"
        _, hit, second = await it.chat("a/m", stream=stream, headers=ON)
        assert hit["x-openrouter-cache-status"] == "HIT"
        assert int(hit["x-openrouter-cache-ttl"]) <= 300
        assert int(hit["x-openrouter-cache-age"]) >= 0
        assert hit["x-openrouter-cache-source-id"] == missed["x-generation-id"]
        assert len(upstream.calls) == 1
        if stream:
            assert second.endswith("data: [DONE]\n\n")
            values = events_of(second)
            assert [v["choices"] for v in values] == [v["choices"] for v in events_of(first)]
            assert {v["id"] for v in values} == {hit["x-generation-id"]}
            usage = values[-1]["usage"]
        else:
            assert second["choices"] == first["choices"]
            assert second["id"] == hit["x-generation-id"] != first["id"]
            assert second["created"] != first["created"]
            usage = second["usage"]
        assert (usage["cost"], usage["prompt_tokens"], usage["completion_tokens"]) == (0, 0, 0)
        kept = (await it.kept())[1]
        assert kept.cache_source_id == missed["x-generation-id"]
        assert kept.cost is not None and kept.cost.total == 0
        assert kept.completion == "Hello from upstream"


async def test_only_the_same_call_of_the_same_key_hits(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("a/m", endpoint(upstream.base_url, "up"))]) as it:
        await it.chat("a/m", headers=ON)
        for body, headers in (
            ({"stream": True}, ON),
            ({"temperature": 0}, ON),
            ({}, {}),
            ({}, {"X-OpenRouter-Cache": "false"}),
        ):
            _, got, _ = await it.chat("a/m", headers=headers, **body)
            assert got.get("x-openrouter-cache-status") in ("MISS", None)
        spaced = b'{ "model" : "a/m",  "messages":[{"role":"user","content":"Say hello"}] }'
        _, got, _ = await it.post("/api/v1/chat/completions", spaced, ON)
        assert got["x-openrouter-cache-status"] == "HIT"
        _, got, _ = await it.chat("a/m", headers={**ON, "X-OpenRouter-Cache-Clear": "true"})
        assert got["x-openrouter-cache-status"] == "MISS"


async def test_errors_are_not_kept(tmp_path: Path, upstream: Upstream) -> None:
    upstream.plans["bad"] = [Fault(status=400), Fault(cut_after=3), Fault()]
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "bad"))]) as it:
        assert (await it.chat("m", headers=ON, stream=True))[0] == 400
        await it.chat("m", headers=ON, stream=True)
        _, got, text = await it.chat("m", headers=ON, stream=True)
        assert got["x-openrouter-cache-status"] == "MISS"
        assert "error" not in text


async def test_a_preset_decides_before_headers(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "up"))]) as it:
        presets = it.catalogue.presets
        presets["on"] = Preset(slug="on", config={"cache_enabled": True, "cache_ttl_seconds": 7})
        presets["off"] = Preset(slug="off", config={"cache_enabled": False})
        _, got, _ = await it.chat("m", preset="on")
        assert got["x-openrouter-cache-ttl"] == "7"
        assert "cache_enabled" not in upstream.calls[0].body
        _, got, _ = await it.chat("m", preset="on", headers={"X-OpenRouter-Cache-TTL": "9"})
        assert got["x-openrouter-cache-status"] == "HIT"
        _, got, _ = await it.chat("m", preset="on", headers={"X-OpenRouter-Cache": "false"})
        assert "x-openrouter-cache-status" not in got
        _, got, _ = await it.chat("m", preset="off", headers=ON)
        assert "x-openrouter-cache-status" not in got


async def test_other_apis_are_kept_too(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "up"))]) as it:
        ask = {"model": "m", "input": ["a", "b"]}
        _, _, first = await it.post("/v1/embeddings", ask, ON)
        _, got, second = await it.post("/v1/embeddings", ask, ON)
        assert got["x-openrouter-cache-status"] == "HIT"
        assert second["data"] == first["data"]
        assert second["usage"]["prompt_tokens"] == 0
        _, got, _ = await it.post("/v1/completions", {"model": "m", "prompt": "x"}, ON)
        assert "x-openrouter-cache-status" not in got


async def test_it_holds_no_more_than_it_may(tmp_path: Path, upstream: Upstream) -> None:
    options = GatewayOptions(max_cache_bytes=3000, flush_interval_s=0.01)
    models = [model("m", endpoint(upstream.base_url, "up"))]
    async with gateway(tmp_path, models, options=options) as it:
        for n in range(10):
            await it.chat("m", headers=ON, seed=n)
            assert it.engine.cache.size_bytes <= 3000
        assert (await it.chat("m", headers=ON, seed=9))[1]["x-openrouter-cache-status"] == "HIT"
        assert (await it.chat("m", headers=ON, seed=0))[1]["x-openrouter-cache-status"] == "MISS"
