"""The built-in model `sightline/echo`: says the caller's last message again, without any network.

For the first minute and for tests. Its tokens are estimated.
"""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sightline.core import codec
from sightline.domain.gateway import Endpoint
from sightline.domain.generation import ApiType
from sightline.domain.upstream import Parsed, UpstreamError
from sightline.providers.base import Stream, UpstreamRequest
from sightline.providers.openai import OpenAIDialect
from sightline.wire import sse
from sightline.wire.loose import as_dicts, plain
from sightline.wire.openai import chunks
from sightline.wire.openai import usage as usages
from sightline.wire.openai.texts import text_of

_MODEL = "echo"
_ID = "echo"
_DIMENSIONS = 8
_WORDS = re.compile(r"\S+\s*|\s+")


class EchoDialect:
    """A `LocalDialect`: `reply` gives the bytes that `answer` and `stream` then read."""

    name = "echo"
    native: frozenset[ApiType] = frozenset({"chat", "embeddings"})

    def __init__(self) -> None:
        self._read = OpenAIDialect()

    def apis(self, endpoint: Endpoint) -> frozenset[ApiType]:
        return self.native

    def reply(
        self, endpoint: Endpoint, api: ApiType, body: Mapping[str, Any], *, stream: bool
    ) -> Sequence[bytes]:
        body = plain(body)
        if api == "embeddings":
            return [codec.encode(_embeddings(body))]
        said = last_words(body)
        usage = usages.to_wire("chat", usages.estimate(body, said))
        if not stream:
            message = {"role": "assistant", "content": said, "refusal": None, "reasoning": None}
            answer = chunks.completion([chunks.choice(message, "stop")])
            return [codec.encode({**answer, "id": _ID, "model": _MODEL, "usage": usage})]
        values = [chunks.chunk({"role": "assistant", "content": ""})]
        values += [chunks.chunk({"content": word}) for word in _WORDS.findall(said)]
        values.append(chunks.chunk({}, reason="stop", native="stop"))
        values.append({**chunks.usage_value(), "usage": usage})
        pieces = [sse.event(codec.encode({**value, "id": _ID})) for value in values]
        return [*pieces, sse.DONE]

    def request(
        self, endpoint: Endpoint, api: ApiType, body: Mapping[str, Any], *, stream: bool
    ) -> UpstreamRequest:
        """Return a request that names the model; nothing is to be sent."""
        return UpstreamRequest(url="echo:", headers={}, body=b"")

    def answer(self, endpoint: Endpoint, api: ApiType, data: bytes) -> Parsed:
        return self._read.answer(endpoint, api, data)

    def stream(self, endpoint: Endpoint, api: ApiType) -> Stream:
        return self._read.stream(endpoint, api)

    def error(self, status: int, headers: Mapping[str, str], data: bytes) -> UpstreamError:
        return self._read.error(status, headers, data)


def last_words(body: Mapping[str, Any]) -> str:
    """Return the text of the caller's last message."""
    for message in reversed(as_dicts(body.get("messages"))):
        if message.get("role") == "user":
            return text_of(message.get("content"))
    return ""


def _embeddings(body: Mapping[str, Any]) -> dict[str, Any]:
    given = body.get("input")
    texts = given if isinstance(given, list) and given else [given]
    if isinstance(texts[0], int):  # One text, as tokens.
        texts = [texts]
    usage = usages.to_wire("embeddings", usages.estimate(body, ""))
    data = [
        {"object": "embedding", "index": at, "embedding": _vector(text)}
        for at, text in enumerate(texts)
    ]
    return {"object": "list", "model": _MODEL, "data": data, "usage": usage}


def _vector(text: Any) -> list[float]:
    """Return a vector of length 1 that is the same for the same text."""
    digest = hashlib.blake2b(codec.encode(text), digest_size=_DIMENSIONS).digest()
    values = [byte - 127.5 for byte in digest]
    length = math.sqrt(sum(value * value for value in values))
    return [round(value / length, 6) for value in values]


DIALECT = EchoDialect()
