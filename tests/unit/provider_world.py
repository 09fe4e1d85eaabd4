"""Endpoints, and streams read in pieces, for the tests of dialects."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sightline.core.secret import Secret
from sightline.domain.gateway import Endpoint
from sightline.domain.generation import ApiType
from sightline.domain.upstream import StreamPart
from sightline.providers.base import Dialect
from sightline.wire.openai.assemble import Assembler

KEY = "sk-test-4f9a7c2e1b"


def endpoint(provider: str = "openai", model: str = "gpt-4o", **fields: Any) -> Endpoint:
    """Return an endpoint; without `api_key` it has `KEY`."""
    given: dict[str, Any] = {
        "id": "e1",
        "model": f"{provider}/{model}",
        "provider": provider,
        "provider_name": provider.title(),
        "base_url": "",
        "upstream_model": model,
        "api_key": Secret(KEY),
    }
    return Endpoint(**{**given, **fields})


def sent(
    dialect: Dialect, at: Endpoint, body: Mapping[str, Any], api: ApiType = "chat", **more: bool
) -> dict[str, Any]:
    """Return the body that an upstream gets."""
    request = dialect.request(at, api, body, stream=more.get("stream", False))
    decoded: dict[str, Any] = msgspec.json.decode(request.body)
    return decoded


def sse(*values: Any, done: bool = False, named: bool = False) -> bytes:
    """Return the stream of these values, as OpenAI or (`named`) Anthropic writes it."""
    events = [
        (b"event: %b\n" % value["type"].encode() if named else b"")
        + b"data: "
        + msgspec.json.encode(value)
        + b"\n\n"
        for value in values
    ]
    return b"".join(events) + (b"data: [DONE]\n\n" if done else b"")


def read(
    dialect: Dialect, at: Endpoint, data: bytes, api: ApiType = "chat", piece: int = 1 << 20
) -> list[StreamPart]:
    """Return all parts of a stream that arrives in pieces of this size."""
    stream = dialect.stream(at, api)
    parts: list[StreamPart] = []
    for start in range(0, len(data), piece):
        parts += stream.feed(data[start : start + piece])
    parts += stream.close()
    return parts


def assembled(parts: Sequence[StreamPart], api: ApiType = "chat") -> dict[str, Any]:
    """Return the answer that the stream's values make."""
    whole = Assembler(api)
    for part in parts:
        if part.value is not None and part.text is not None:
            whole.add_text(part.value, part.text)
        elif part.value is not None:
            whole.add(part.value)
    return whole.answer()
