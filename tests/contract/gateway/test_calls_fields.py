"""Fields that an endpoint or the gateway cannot keep: refused, passed over, or told of."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sightline.domain.gateway import RouterOptions
from tests.fakes.gateway import endpoint, gateway, model
from tests.fakes.upstream import Upstream

WEB = [{"id": "web", "max_results": 3}]
ASKED = {"X-OpenRouter-Metadata": "enabled"}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


def claude(upstream: Upstream) -> Any:
    named = {"provider": "anthropic", "provider_name": "Anthropic"}
    return endpoint(upstream.url, "claude-up", dialect="anthropic", **named)


async def test_plugins_are_refused_by_name(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "up"))]) as it:
        for stream in (False, True):
            # Once without: a plan that is remembered must not let them through.
            assert (await it.chat("m", stream=stream))[0] == 200
            status, _, body = await it.chat("m", plugins=[*WEB, {"id": "file-parser"}])
            assert status == 400
            assert "`web`, `file-parser`" in body["error"]["message"]
        assert (await it.chat("m", plugins=[{"id": "web", "enabled": False}]))[0] == 200
        assert (await it.chat("m", plugins=[]))[0] == 200
        assert "plugins" not in upstream.calls[-1].body


async def test_openrouter_gets_the_plugins(tmp_path: Path, upstream: Upstream) -> None:
    theirs = endpoint(
        upstream.base_url, "theirs", provider="openrouter", provider_name="OpenRouter", order=1
    )
    both = model("m", endpoint(upstream.base_url, "up", order=0), theirs)
    async with gateway(tmp_path, [both], router=RouterOptions(strategy="order")) as it:
        _, _, body = await it.chat("m", plugins=WEB)
        assert body["provider"] == "OpenRouter"
        assert [call.body["plugins"] for call in upstream.calls] == [WEB]


async def test_what_debug_would_echo_is_refused(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "up"))]) as it:
        status, _, body = await it.chat("m", stream=True, debug={"echo_upstream_body": True})
        assert (status, "debug.echo_upstream_body" in body["error"]["message"]) == (400, True)
        assert (await it.chat("m", debug={"echo_upstream_body": False}))[0] == 200


@pytest.mark.parametrize("stream", [False, True])
async def test_dropped_fields_are_told(tmp_path: Path, upstream: Upstream, stream: bool) -> None:
    async with gateway(tmp_path, [model("m", claude(upstream))]) as it:
        said = {"n": 2, "seed": 7, "logprobs": True, "temperature": 0.5, "stop": ["x"]}
        status, _, body = await it.chat("m", stream=stream, headers=ASKED, **said)
        assert status == 200, body
        value = json.loads(body.split("data: ")[-2]) if stream else body
        assert value["openrouter_metadata"]["dropped_parameters"] == ["logprobs", "n", "seed"]
        assert not {"n", "seed", "logprobs"} & upstream.calls[-1].body.keys()
        (kept,) = await it.kept()
        assert kept.dropped_parameters == ("logprobs", "n", "seed")
        spans = [span for writes in it.store.spans.values() for span in writes]
        told = json.loads(spans[0].metadata or "")["gateway"]
        assert told["dropped_parameters"] == ["logprobs", "n", "seed"]


async def test_what_means_nothing_is_not_dropped(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("m", claude(upstream))]) as it:
        said: dict[str, Any] = {
            "n": 1,
            "seed": None,
            "logprobs": False,
            "store": False,
            "user": "u",
            "trace": {},
        }
        _, _, body = await it.chat("m", headers=ASKED, **said)
        assert "dropped_parameters" not in body["openrouter_metadata"]


async def test_required_parameters_pass_an_endpoint_over(
    tmp_path: Path, upstream: Upstream
) -> None:
    both = model("m", claude(upstream), endpoint(upstream.base_url, "up", order=1))
    require: dict[str, Any] = {"provider": {"require_parameters": True}}
    models = [both, model("only", claude(upstream))]
    async with gateway(tmp_path, models, router=RouterOptions(strategy="order")) as it:
        _, _, body = await it.chat("m", seed=7)
        assert body["provider"] == "Anthropic"
        _, _, body = await it.chat("m", seed=7, **require)
        assert body["provider"] == "OpenAI"
        _, _, body = await it.chat("m", temperature=0.5, **require)
        assert body["provider"] == "Anthropic"
        status, _, body = await it.chat("only", seed=7, **require)
        assert status == 404
        assert body["error"]["availability"]["constraint"] == "provider.require_parameters"
        # The same in another tongue: asked as chat, then judged as chat.
        ask = {"model": "only", "input": "Hi", "max_output_tokens": 9, **require}
        assert (await it.post("/v1/responses", ask))[0] == 200


async def test_what_litellms_drop_params_takes_away_is_told(
    tmp_path: Path, upstream: Upstream
) -> None:
    known = endpoint(upstream.base_url, "up", parameters=frozenset({"temperature"}))
    router = RouterOptions(drops_params=True)
    async with gateway(tmp_path, [model("m", known)], router=router) as it:
        _, _, body = await it.chat("m", temperature=0.5, seed=7, headers=ASKED)
        assert body["openrouter_metadata"]["dropped_parameters"] == ["seed"]
        assert "seed" not in upstream.calls[-1].body


async def test_metadata_goes_with_an_answer_that_is_stored(
    tmp_path: Path, upstream: Upstream
) -> None:
    other = endpoint(upstream.base_url, "up", provider="mistral", provider_name="Mistral")
    models = [model("m", endpoint(upstream.base_url, "up")), model("other", other)]
    metadata = {"team": "x", "opik": {"project_name": "p"}, "deep": {"a": 1}}
    async with gateway(tmp_path, models) as it:
        assert (await it.chat("m", store=True, metadata=metadata))[0] == 200
        assert upstream.calls[-1].body["metadata"] == {"team": "x"}
        for name, store in (("m", None), ("m", False), ("other", True)):
            assert (await it.chat(name, metadata=metadata, store=store))[0] == 200
            assert "metadata" not in upstream.calls[-1].body
