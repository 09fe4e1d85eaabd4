"""How many tokens a request of Anthropic's messages has: counted upstream, or guessed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sightline.core.errors import RateLimitedError
from tests.fakes.gateway import endpoint, gateway, model
from tests.fakes.upstream import Fault, Upstream

ASK: dict[str, Any] = {
    "model": "m",
    "system": "Be short.",
    "messages": [{"role": "user", "content": "Say hello"}],
}
PATHS = ("/v1/messages/count_tokens", "/api/v1/messages/count_tokens", "/messages/count_tokens")


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


def claude(upstream: Upstream, name: str = "claude-up") -> Any:
    return endpoint(
        upstream.url, name, dialect="anthropic", provider="anthropic", provider_name="Anthropic"
    )


@pytest.mark.parametrize("path", PATHS)
async def test_anthropic_counts_its_own(tmp_path: Path, upstream: Upstream, path: str) -> None:
    async with gateway(tmp_path, [model("m", claude(upstream))]) as it:
        ask = {**ASK, "max_tokens": 9, "temperature": 1, "metadata": {"user_id": "u"}, "trace": {}}
        status, headers, body = await it.post(path, ask)
        assert (status, body) == (200, {"input_tokens": 42})
        (sent,) = upstream.calls
        assert sent.path == "/v1/messages/count_tokens"
        assert sent.headers["x-api-key"] == "sk-upstream-secret"
        assert sent.body == {**ASK, "model": "claude-up"}
        # Nothing was generated.
        assert "x-generation-id" not in headers
        assert await it.kept() == []


async def test_others_are_guessed(tmp_path: Path, upstream: Upstream) -> None:
    async with gateway(tmp_path, [model("m", endpoint(upstream.base_url, "up"))]) as it:
        status, _, short = await it.post(PATHS[0], ASK)
        assert (status, list(short)) == (200, ["input_tokens"])
        assert 5 <= short["input_tokens"] <= 12
        tool = {"name": "weather", "description": "Tells " * 100, "input_schema": {}}
        _, _, long = await it.post(PATHS[0], {**ASK, "tools": [tool]})
        assert long["input_tokens"] > short["input_tokens"] + 100
        assert upstream.calls == []


async def test_a_server_that_counts_none_is_guessed(tmp_path: Path, upstream: Upstream) -> None:
    upstream.plans["claude-up"] = [Fault(status=404, message="Not found")]
    async with gateway(tmp_path, [model("m", claude(upstream))]) as it:
        status, _, body = await it.post(PATHS[0], ASK)
        assert (status, body["input_tokens"] > 0) == (200, True)


async def test_refusals_are_told_in_anthropics_shape(tmp_path: Path, upstream: Upstream) -> None:
    upstream.plans["unknown"] = [Fault(status=404, message="model: unknown")]
    upstream.plans["bad"] = [Fault(status=400, message="too odd, sk-upstream-secret")]
    models = [model(name, claude(upstream, name)) for name in ("unknown", "bad")]
    async with gateway(tmp_path, models) as it:
        for name, status in (("unknown", 404), ("bad", 400), ("nowhere", 400)):
            got, _, body = await it.post(PATHS[0], {**ASK, "model": name})
            assert (got, body["type"]) == (status, "error"), name
            assert "sk-upstream-secret" not in str(body)
        assert (await it.post(PATHS[0], {"model": "bad"}))[0] == 400
        it.callers.refuse = RateLimitedError("Too many calls", retry_after_s=7)
        assert (await it.post(PATHS[0], ASK))[0] == 429
