"""The fake upstream does as it is told; tests of clients stand on that."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.upstream import ANSWER, Fault, Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


def chat(upstream: Upstream, model: str, **more: Any) -> tuple[http.client.HTTPResponse, bytes]:
    host = upstream.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **more}
        connection.request("POST", "/v1/chat/completions", json.dumps(body))
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def chunks(body: bytes) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in body.decode().split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def test_answers_and_remembers_the_call(upstream):
    answer, body = chat(upstream, "any")
    assert answer.status == 200
    assert json.loads(body)["choices"][0]["message"]["content"] == ANSWER
    (call,) = upstream.calls
    assert (call.path, call.body["model"]) == ("/v1/chat/completions", "any")


def test_stream_says_its_usage_when_asked(upstream):
    options = {"include_usage": True}
    _, body = chat(upstream, "any", stream=True, stream_options=options)
    *said, last = chunks(body)
    assert "".join(c["choices"][0]["delta"].get("content", "") for c in said) == ANSWER
    assert (last["choices"], last["usage"]["total_tokens"]) == ([], 18)
    _, body = chat(upstream, "any", stream=True)
    assert not any("usage" in chunk for chunk in chunks(body))


def test_plan_is_followed_and_its_last_step_stays(upstream):
    upstream.plans["flaky"] = [Fault(status=429, retry_after="3"), Fault(status=500), Fault()]
    said = [chat(upstream, "flaky")[0] for _ in range(4)]
    assert [answer.status for answer in said] == [429, 500, 200, 200]
    assert [answer.getheader("Retry-After") for answer in said[:2]] == ["3", None]


def test_stream_is_cut_where_the_plan_says(upstream):
    upstream.plans["cut"] = [Fault(cut_after=2)]
    with pytest.raises(http.client.IncompleteRead) as cut:
        chat(upstream, "cut", stream=True)
    assert cut.value.partial.count(b"data: ") == 2


def test_other_faults(upstream):
    upstream.plans |= {"garbage": [Fault(garbage=True)], "huge": [Fault(huge=True)]}
    upstream.plans["slow"] = [Fault(delay_s=0.05)]
    assert chat(upstream, "garbage")[1].startswith(b"<html>")
    assert len(chat(upstream, "huge")[1]) > 60_000
    assert chat(upstream, "slow")[0].status == 200
