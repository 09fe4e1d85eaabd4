"""Requests of any shape are told or refused by name; answers of any shape are told."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.core.errors import InvalidRequestError
from sightline.domain.generation import ApiType
from sightline.domain.upstream import StreamPart
from sightline.providers.anthropic import DIALECT as ANTHROPIC
from sightline.providers.openai import DIALECT as OPENAI
from sightline.wire.openai import convert, requests, texts
from tests.unit.provider_world import endpoint
from tests.unit.test_wire_openai_convert import ID, answer, chunk

JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "messages input role content type text tools tool_choice system source name"
                " function tool_calls id reasoning thinking output_config format metadata stop"
                " summary encrypted_content output prompt image_url call_id".split()
            ),
            inner
            | st.sampled_from("message user assistant reasoning function_call tool_use".split()),
            max_size=5,
        )
    ),
    max_leaves=16,
)


@given(
    st.dictionaries(
        st.sampled_from(
            "messages input prompt system tools tool_choice thinking text instructions stop".split()
        ),
        JSON,
    )
)
def test_any_request_is_told_or_refused_by_name(body: dict[str, Any]) -> None:
    for api in ("chat", "completions", "responses", "messages"):
        try:
            requests.check(api, body)
            chat = convert.to_chat(api, body)
            for dialect, at in (
                (OPENAI, endpoint()),
                (ANTHROPIC, endpoint("anthropic", "claude-3")),
            ):
                dialect.request(at, "chat", chat, stream=True)
        except InvalidRequestError as error:
            assert error.message


@given(JSON, st.lists(JSON, max_size=3))
def test_any_answer_is_told(message: Any, deltas: list[Any]) -> None:
    for api in ("completions", "responses", "messages"):
        told = convert.from_chat(api, answer(message), "a/m", {})
        msgspec.json.encode(told)
        texts.read(api, told)
        to = convert.ChatStreamTo(api, {}, "a/m", id=ID, created=7)
        for delta in deltas:
            to.feed(StreamPart(value=chunk(delta)))
        assert to.feed(StreamPart(is_end=True))[-1].is_end


@pytest.mark.parametrize(
    ("api", "body", "field"),
    [
        ("chat", {}, "messages"),
        ("chat", {"messages": []}, "messages"),
        ("chat", {"messages": "hi"}, "messages"),
        ("chat", {"messages": [{"role": "robot"}]}, r"messages\[0\]\.role"),
        ("chat", {"messages": [{"role": "user", "content": 7}]}, r"messages\[0\]\.content"),
        (
            "chat",
            {"messages": [{"role": "user", "content": ["a"]}]},
            r"messages\[0\]\.content\[0\]",
        ),
        ("chat", {"messages": [{"role": "user", "content": "a"}], "stop": ["a"] * 5}, "stop"),
        ("chat", {"messages": [{"role": "user"}], "temperature": "hot"}, "temperature"),
        ("chat", {"messages": [{"role": "user"}], "max_tokens": True}, "max_tokens"),
        ("chat", {"messages": [{"role": "user"}], "models": [1]}, r"models\[0\]"),
        ("chat", {"messages": [{"role": "user"}], "stream": "yes"}, "stream"),
        ("completions", {}, "prompt"),
        ("embeddings", {"input": []}, "input"),
        ("responses", {"input": [1]}, r"input\[0\]"),
        ("messages", {"messages": [{"role": "user"}], "system": 1}, "system"),
    ],
)
def test_a_request_of_the_wrong_shape_names_the_field(
    api: ApiType, body: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequestError, match=f"`{field}`") as caught:
        requests.check(api, body)
    assert caught.value.fields


def test_what_a_generation_keeps_of_a_request() -> None:
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": "a"}],
        "temperature": 1,
        "metadata": {"x": 1},
        "user": "u",
        "prediction": {"content": "p"},
    }
    assert texts.parameters(body) == '{"temperature":1}'
    assert msgspec.json.decode(texts.input_of(body)) == {
        "messages": body["messages"],
        "prediction": {"content": "p"},
    }
    assert texts.parameters({"model": "m", "prompt": "a"}) is None
