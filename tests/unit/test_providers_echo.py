"""The built-in model answers without any network."""

import msgspec

from sightline.providers.echo import DIALECT
from sightline.wire.openai import texts
from tests.unit.provider_world import assembled, endpoint

ECHO = endpoint("sightline", "echo", api_key=None, dialect="echo")
BODY = {
    "messages": [
        {"role": "system", "content": "Be brief"},
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "first"},
        {"role": "user", "content": [{"type": "text", "text": "Hello  there\nfriend"}]},
    ]
}


def test_it_says_the_last_message_again() -> None:
    (data,) = DIALECT.reply(ECHO, "chat", BODY, stream=False)
    parsed = DIALECT.answer(ECHO, "chat", data)
    assert texts.read("chat", parsed.value).completion == "Hello  there\nfriend"
    assert parsed.finish_reason == "stop"
    assert parsed.usage
    assert parsed.usage.is_estimated
    assert parsed.usage.prompt_tokens > parsed.usage.completion_tokens > 0


def test_its_stream_says_the_same() -> None:
    stream = DIALECT.stream(ECHO, "chat")
    pieces = DIALECT.reply(ECHO, "chat", BODY, stream=True)
    parts = [part for piece in pieces for part in stream.feed(piece)]
    assert sum(part.has_content for part in parts) == 3
    (data,) = DIALECT.reply(ECHO, "chat", BODY, stream=False)
    whole = DIALECT.answer(ECHO, "chat", data)
    assert assembled(parts)["choices"] == whole.value["choices"]
    assert [part.usage for part in parts if part.usage] == [whole.usage]
    assert parts[-1].is_end


def test_undecoded_messages_are_read() -> None:
    body = {"messages": msgspec.Raw(msgspec.json.encode(BODY["messages"]))}
    (data,) = DIALECT.reply(ECHO, "chat", body, stream=False)
    assert b"friend" in data


def test_the_same_text_has_the_same_vector() -> None:
    body = {"input": ["one", "two", "one"]}
    (data,) = DIALECT.reply(ECHO, "embeddings", body, stream=False)
    parsed = DIALECT.answer(ECHO, "embeddings", data)
    vectors = [item["embedding"] for item in msgspec.json.decode(parsed.value["data"])]
    assert vectors[0] == vectors[2] != vectors[1]
    assert abs(sum(value * value for value in vectors[0]) - 1) < 1e-4
