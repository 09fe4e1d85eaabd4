"""OpenAI-compatible upstreams: what they get, and what is read of what they say."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.domain.generation import Usage
from sightline.domain.upstream import BadAnswerError
from sightline.providers.azure import DIALECT as AZURE
from sightline.providers.openai import DIALECT as OPENAI
from sightline.wire.openai import texts
from tests.unit.provider_world import KEY, assembled, endpoint, read, sent, sse

ASKED: dict[str, Any] = {
    "model": "openai/gpt-4o",
    "models": ["a/b"],
    "provider": {"order": ["OpenAI"]},
    "messages": [{"role": "user", "content": "héllo"}],
    "temperature": 0.3,
    "max_tokens": 5,
    "something_new": {"kept": True},
    "metadata": {"opik": {"tags": ["x"]}},
    "trace": {"trace_name": "t"},
}
USAGE = {
    "prompt_tokens": 10,
    "completion_tokens": 15,
    "total_tokens": 25,
    "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 5},
}


def chunk(delta: dict[str, Any], reason: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1741570283,
        "model": "gpt-4o-2024-08-06",
        "system_fingerprint": "fp_1",
        "choices": [choice],
        "usage": None,
        **more,
    }


STREAM = sse(
    chunk({"role": "assistant", "content": "", "refusal": None}),
    chunk({"content": "Hel"}),
    chunk({"content": "lo 🌍"}),
    chunk({}, "stop"),
    {**chunk({}), "choices": [], "usage": USAGE},
    done=True,
)


def test_the_body_goes_on_without_what_only_the_gateway_reads() -> None:
    assert sent(OPENAI, endpoint(), ASKED) == {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "héllo"}],
        "temperature": 0.3,
        "max_completion_tokens": 5,
        "something_new": {"kept": True},
    }


def test_messages_that_were_not_decoded_go_on_byte_for_byte() -> None:
    raw = b'[{"role" : "user","content":"1.0e5 \\u00e9"}]'
    body = {"messages": msgspec.Raw(raw)}
    assert raw in OPENAI.request(endpoint(), "chat", body, stream=False).body


def test_openrouter_gets_its_own_fields() -> None:
    got = sent(OPENAI, endpoint("openrouter", "openai/gpt-4o"), {**ASKED, "reasoning": {}})
    assert got["provider"] == {"order": ["OpenAI"]}
    assert got["max_tokens"] == 5
    assert got["reasoning"] == {}


def test_a_stream_is_asked_for_its_usage() -> None:
    got = sent(OPENAI, endpoint(), {**ASKED, "stream": True}, stream=True)
    assert got["stream"] is True
    assert got["stream_options"] == {"include_usage": True}
    got = sent(OPENAI, endpoint("mistral"), {**ASKED, "stream_options": {}}, stream=True)
    assert "stream_options" not in got
    assert got["max_tokens"] == 5


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"reasoning": {"effort": "high"}}, "high"),
        ({"reasoning": {"max_tokens": 2000}}, "medium"),
        ({"reasoning": {"enabled": False}}, "none"),
        ({"reasoning_effort": "low"}, "low"),
        ({}, None),
    ],
)
def test_reasoning_is_asked_in_openais_words(given: dict[str, Any], told: str | None) -> None:
    got = sent(OPENAI, endpoint(), {**ASKED, **given})
    assert got.get("reasoning_effort") == told
    assert "reasoning" not in got


def test_marks_of_other_providers_are_taken_out_of_messages() -> None:
    marked = {
        "role": "assistant",
        "content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}],
        "reasoning": "thought",
        "reasoning_details": [{"type": "reasoning.text", "text": "thought"}],
    }
    for held in ([marked], msgspec.Raw(msgspec.json.encode([marked]))):
        got = sent(OPENAI, endpoint(), {"messages": held})
        assert got["messages"] == [
            {"role": "assistant", "content": [{"type": "text", "text": "a"}]}
        ]
    got = sent(OPENAI, endpoint("deepseek"), {"messages": [marked]})
    assert got["messages"][0]["reasoning_content"] == "thought"
    got = sent(OPENAI, endpoint("openrouter"), {"messages": [marked]})
    assert got["messages"] == [marked]


def test_addresses_and_headers() -> None:
    at = endpoint(headers={"X-Extra": "1"}, options={"organization": "org-1"})
    request = OPENAI.request(at, "embeddings", {"input": "a"}, stream=False)
    assert request.url == "https://api.openai.com/v1/embeddings"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["openai-organization"] == "org-1"
    assert request.headers["x-extra"] == "1"
    at = endpoint("acme", base_url="http://localhost:8000/v1/chat/completions")
    assert OPENAI.request(at, "chat", {}, stream=False).url == (
        "http://localhost:8000/v1/chat/completions"
    )


@pytest.mark.parametrize(
    ("base", "url"),
    [
        (
            "https://x.openai.azure.com/",
            "https://x.openai.azure.com/openai/deployments/dep/chat/completions"
            "?api-version=2024-10-21",
        ),
        (
            "https://x.openai.azure.com/openai/v1",
            "https://x.openai.azure.com/openai/v1/chat/completions",
        ),
        (
            "https://x.services.ai.azure.com/models",
            "https://x.services.ai.azure.com/models/chat/completions"
            "?api-version=2024-05-01-preview",
        ),
        (
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=1",
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=1",
        ),
    ],
)
def test_azure_is_called_by_deployment_with_its_own_header(base: str, url: str) -> None:
    at = endpoint("azure", "dep", base_url=base)
    request = AZURE.request(at, "chat", ASKED, stream=False)
    assert request.url == url
    assert request.headers["api-key"] == KEY
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("model", "step"),
    [
        ("x/../../../openai/fine_tuning/jobs?a=1&z=", "x%2F..%2F..%2F..%2Fopenai%2Ffine_tuning"),
        ("a#b", "a%23b"),
        ("%2e%2e", "%252e%252e"),
    ],
)
def test_the_name_of_a_model_of_azure_stays_one_step_of_the_path(model: str, step: str) -> None:
    request = AZURE.request(
        endpoint("azure", model, base_url="https://x.openai.azure.com"), "chat", {}, stream=False
    )
    head, _, rest = request.url.partition("/openai/deployments/")
    assert head == "https://x.openai.azure.com"
    assert rest.startswith(step)
    assert rest.endswith("/chat/completions?api-version=2024-10-21")
    assert rest.count("/") == 2


def test_azure_takes_a_token_of_its_directory() -> None:
    at = endpoint("azure", "dep", base_url="https://x", options={"azure_ad_token": "tok"})
    headers = AZURE.request(at, "chat", ASKED, stream=False).headers
    assert headers["authorization"] == "Bearer tok"
    assert "api-key" not in headers


@pytest.mark.parametrize("piece", [1, 7, 64, 100_000])
def test_a_stream_in_any_pieces_says_the_same(piece: int) -> None:
    parts = read(OPENAI, endpoint(), STREAM, piece=piece)
    assert parts[0].upstream_id == "chatcmpl-1"
    assert [part.has_content for part in parts] == [False, True, True, False, False, False]
    assert [part.finish_reason for part in parts if part.finish_reason] == ["stop"]
    assert parts[-1].is_end
    assert parts[-1].value is None
    usages = [part for part in parts if part.usage]
    assert len(usages) == 1
    assert usages[0].value is not None
    assert usages[0].value["choices"] == []
    assert usages[0].usage == Usage(
        prompt_tokens=10,
        completion_tokens=15,
        total_tokens=25,
        cached_tokens=2,
        reasoning_tokens=5,
    )
    assert texts.read("chat", assembled(parts)).completion == "Hello 🌍"


def test_usage_beside_the_last_choice_is_told_once_at_the_end() -> None:
    last = {**chunk({"content": "a"}, "stop"), "usage": USAGE}
    parts = read(OPENAI, endpoint("mistral"), sse(chunk({"content": "b"}), last, done=True))
    assert [bool(part.usage) for part in parts] == [False, False, True, False]
    assert all("usage" not in (part.value or {}) for part in parts[:2])


def test_groqs_usage_is_found() -> None:
    tail = {**chunk({}, "stop"), "x_groq": {"usage": USAGE}}
    data = sse(chunk({"content": "a"}), chunk({}, "stop"), {**tail, "choices": []}, done=True)
    assert [part.usage for part in read(OPENAI, endpoint("groq"), data) if part.usage]


def test_an_end_that_is_not_announced_is_fine_after_a_finish_reason() -> None:
    parts = read(OPENAI, endpoint(), sse(chunk({"content": "a"}), chunk({}, "length")))
    assert parts[-1].is_end
    assert not any(part.error for part in parts)


@pytest.mark.parametrize("cut", [STREAM.index(b"Hel") + 1, STREAM.index(b"lo ") - 2, 0])
def test_a_stream_that_is_cut_is_an_error(cut: int) -> None:
    parts = read(OPENAI, endpoint(), STREAM[:cut])
    assert parts[-1].error
    assert parts[-1].error.type == "provider_unavailable"


def test_an_error_within_a_stream_ends_it() -> None:
    error = {"error": {"message": f"Rate limit for {KEY}", "code": "rate_limit_exceeded"}}
    parts = read(OPENAI, endpoint(), sse(chunk({"content": "a"}), error, chunk({"content": "b"})))
    assert len(parts) == 2
    assert parts[1].error
    assert parts[1].error.type == "rate_limit_exceeded"
    assert KEY not in parts[1].error.message


def call(index: int, arguments: str, **more: Any) -> dict[str, Any]:
    name = {"name": more.pop("name")} if "name" in more else {}
    return {"index": index, "function": {**name, "arguments": arguments}, **more}


def test_tool_calls_in_fragments_become_whole() -> None:
    parts = read(
        OPENAI,
        endpoint(),
        sse(
            chunk({"role": "assistant", "content": None}),
            chunk({"tool_calls": [call(0, "", id="c0", type="function", name="add")]}),
            chunk({"tool_calls": [call(0, '{"a":')]}),
            chunk({"tool_calls": [call(1, "{", id="c1", type="function", name="sub")]}),
            chunk({"tool_calls": [call(0, "1}"), call(1, "}")]}),
            chunk({}, "tool_calls"),
            done=True,
        ),
    )
    message = assembled(parts)["choices"][0]["message"]
    assert message["content"] is None
    assert message["tool_calls"] == [
        {"id": "c0", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}},
        {"id": "c1", "type": "function", "function": {"name": "sub", "arguments": "{}"}},
    ]
    assert parts[2].has_content


def test_whole_calls_without_an_index_stay_apart() -> None:
    calls = [
        {"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}}
        for id in ("a", "b")
    ]
    parts = read(OPENAI, endpoint(), sse(chunk({"tool_calls": calls}), chunk({}, "stop")))
    message = assembled(parts)["choices"][0]["message"]
    assert [call["id"] for call in message["tool_calls"]] == ["a", "b"]


def test_reasoning_is_read_under_each_of_its_names() -> None:
    for name, provider in (("reasoning", "groq"), ("reasoning_content", "deepseek")):
        parts = read(
            OPENAI,
            endpoint(provider),
            sse(chunk({name: "Let me "}), chunk({name: "see"}), chunk({"content": "42"}, "stop")),
        )
        told = texts.read("chat", assembled(parts))
        assert told == ("42", "Let me see", None)
        assert parts[0].has_content


def test_mistrals_parts_of_thinking_are_split() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    message = {"role": "assistant", "content": [thinking, {"type": "text", "text": "yes"}]}
    answer = {"id": "1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    parsed = OPENAI.answer(endpoint("mistral"), "chat", msgspec.json.encode(answer))
    assert texts.read("chat", parsed.value) == ("yes", "hm", None)
    parts = read(
        OPENAI,
        endpoint("mistral"),
        sse(chunk({"content": [thinking]}), chunk({"content": "yes"}, "stop"), done=True),
    )
    assert texts.read("chat", assembled(parts)) == ("yes", "hm", None)


def test_logprobs_audio_images_and_annotations_are_put_together() -> None:
    note = {"type": "url_citation", "url_citation": {"url": "https://x"}}
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
    first = chunk({"content": "a", "audio": {"id": "au", "data": "AA", "transcript": "he"}})
    first["choices"][0]["logprobs"] = {"content": [{"token": "a", "logprob": -1.0}]}
    second = chunk({"audio": {"data": "BB", "transcript": "y"}, "images": [image]})
    second["choices"][0]["logprobs"] = {"content": [{"token": "b", "logprob": -2.0}]}
    third = chunk({"annotations": [note], "refusal": "no"}, "stop")
    choice = assembled(read(OPENAI, endpoint(), sse(first, second, third, done=True)))["choices"][0]
    assert [token["token"] for token in choice["logprobs"]["content"]] == ["a", "b"]
    assert choice["message"]["audio"] == {"id": "au", "data": "AABB", "transcript": "hey"}
    assert choice["message"]["images"] == [image]
    assert choice["message"]["annotations"] == [note]
    assert choice["message"]["refusal"] == "no"


def test_several_choices_stay_apart() -> None:
    one, two = chunk({"content": "one"}, "stop"), chunk({"content": "two"}, "length")
    two["choices"][0]["index"] = 1
    answer = assembled(read(OPENAI, endpoint(), sse(two, one, done=True)))
    assert [
        (c["index"], c["message"]["content"], c["finish_reason"]) for c in answer["choices"]
    ] == [(0, "one", "stop"), (1, "two", "length")]


def test_words_alone_are_told_as_such_of_the_first_choice() -> None:
    opening, words, other, scored = (chunk({"content": text}) for text in "abcd")
    other["choices"][0]["index"] = 1
    scored["choices"][0]["logprobs"] = {"content": [{"token": "d", "logprob": -1.0}]}
    named = chunk({"role": "assistant", "content": "e"})
    last = chunk({"content": "f"}, "stop")
    sent = sse(opening, words, other, scored, named, last, done=True)
    parts = read(OPENAI, endpoint(), sent)
    # The first says the upstream's id, too.
    assert [part.text for part in parts] == [None, "b", None, None, None, None, None]
    assert [part.has_content for part in parts] == [True] * 6 + [False]
    first, second = assembled(parts)["choices"]
    assert (first["message"]["content"], second["message"]["content"]) == ("abdef", "c")
    assert [token["token"] for token in first["logprobs"]["content"]] == ["d"]


def test_completions_stream_their_texts() -> None:
    values = [
        {
            "id": "cmpl",
            "object": "text_completion",
            "choices": [{"index": 0, "text": text, "finish_reason": reason}],
        }
        for text, reason in (("Once", None), (" upon", None), ("", "length"))
    ]
    parts = read(OPENAI, endpoint(), sse(*values, done=True), "completions")
    answer = assembled(parts, "completions")
    assert answer["object"] == "text_completion"
    assert texts.read("completions", answer).completion == "Once upon"
    assert [part.has_content for part in parts][:3] == [True, True, False]


def test_an_answer_is_read_and_its_finish_reason_made_one_of_five() -> None:
    answer = {
        "id": "chatcmpl-9",
        "choices": [
            {"index": 0, "finish_reason": "eos", "message": {"role": "assistant", "content": "Hi"}}
        ],
        "usage": {**USAGE, "cost": 0.25},
    }
    parsed = OPENAI.answer(endpoint(), "chat", msgspec.json.encode(answer))
    assert parsed.finish_reason == "stop"
    assert parsed.native_finish_reason == "eos"
    assert parsed.value["choices"][0]["native_finish_reason"] == "eos"
    assert parsed.upstream_id == "chatcmpl-9"
    assert parsed.upstream_cost == 0.25
    assert parsed.usage
    assert parsed.usage.reasoning_tokens == 5


def test_vectors_are_never_decoded() -> None:
    raw = b'[{"object":"embedding","index":0,"embedding":[0.10, -1e-7,3]}]'
    data = b'{"object":"list","data":' + raw + b',"model":"e","usage":{"prompt_tokens":4}}'
    parsed = OPENAI.answer(endpoint(), "embeddings", data)
    assert raw in msgspec.json.encode(parsed.value)
    assert parsed.usage == Usage(prompt_tokens=4, total_tokens=4)
    told = msgspec.json.decode(texts.output_of("embeddings", parsed.value))
    assert told == {"embeddings": 1, "dimensions": 3}
    packed = b'{"data":[{"embedding":"' + b"A" * 32 + b'"}]}'
    parsed = OPENAI.answer(endpoint(), "embeddings", packed)
    told = msgspec.json.decode(texts.output_of("embeddings", parsed.value))
    assert told == {"embeddings": 1, "dimensions": 6}


def test_an_error_with_status_200_is_an_error() -> None:
    with pytest.raises(BadAnswerError) as caught:
        OPENAI.answer(endpoint(), "chat", b'{"error":{"message":"overloaded","code":503}}')
    assert caught.value.error.type == "provider_overloaded"


RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "output": [
        {
            "type": "message",
            "id": "m",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Hi"}],
        }
    ],
    "usage": {
        "input_tokens": 3,
        "output_tokens": 2,
        "total_tokens": 5,
        "input_tokens_details": {"cached_tokens": 1},
    },
}


def test_responses_pass_through() -> None:
    begun = {**RESPONSE, "output": [], "status": "in_progress", "usage": None}
    data = sse(
        {"type": "response.created", "response": begun},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {"type": "message", "id": "m", "content": []},
        },
        {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi"},
        {"type": "response.completed", "response": RESPONSE},
        named=True,
    )
    parts = read(OPENAI, endpoint(), data, "responses", piece=9)
    assert [part.event for part in parts][-1] == "response.completed"
    assert parts[-1].is_end
    assert parts[-1].usage
    assert parts[-1].usage.cached_tokens == 1
    assert parts[-1].finish_reason == "stop"
    assert assembled(parts, "responses") == RESPONSE
    half = assembled(parts[:3], "responses")
    assert texts.read("responses", half).completion == "Hi"
    parsed = OPENAI.answer(endpoint(), "responses", msgspec.json.encode(RESPONSE))
    assert texts.read("responses", parsed.value).completion == "Hi"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "choices delta content tool_calls function message usage finish_reason text error"
                " index type response output item logprobs reasoning_details audio".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=14,
)


@given(st.binary(max_size=60) | JSON.map(msgspec.json.encode) | JSON.map(lambda v: sse(v)))
def test_garbage_never_raises(data: bytes) -> None:
    for api in ("chat", "completions", "responses", "embeddings"):
        if api != "embeddings":
            assembled(read(OPENAI, endpoint(), data, api), api)
        try:
            parsed = OPENAI.answer(endpoint(), api, data)
            texts.read(api, parsed.value)
            texts.output_of(api, parsed.value)
        except BadAnswerError as error:
            assert error.error.message
        assert OPENAI.error(400, {}, data).message
