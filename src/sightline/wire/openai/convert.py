"""Each api in terms of chat, so that an upstream which knows only chat serves all of them.

`ChatStreamTo` gives the events to send on; usage and finish reason are read from the chat parts
that go in. Usage must be stamped into a chat part's value before it goes in.
"""

from collections.abc import Mapping
from typing import Any

from sightline.domain.generation import ApiType
from sightline.domain.upstream import StreamPart
from sightline.wire.anthropic import inbound
from sightline.wire.anthropic.inbound_stream import MessagesStreamTo
from sightline.wire.openai import legacy, responses_in, responses_out
from sightline.wire.openai.responses_stream import ResponsesStreamTo


def to_chat(api: ApiType, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chat request of a checked body. Raises `InvalidRequestError` naming the field."""
    if api == "responses":
        return responses_in.to_chat(body)
    if api == "messages":
        return inbound.to_chat(body)
    return legacy.to_chat(body) if api == "completions" else dict(body)


def from_chat(
    api: ApiType, answer: dict[str, Any], model: str, body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return a labelled chat answer as `api` gives it; `body` is the request as it came."""
    if api == "responses":
        return responses_out.from_chat(answer, model, body or {})
    if api == "messages":
        return inbound.from_chat(answer, model)
    return legacy.from_chat(answer, model) if api == "completions" else answer


class ChatStreamTo:
    """Turns the parts of a chat stream into those of another api's stream."""

    def __init__(
        self, api: ApiType, body: Mapping[str, Any], model: str, *, id: str, created: int
    ) -> None:
        self._to: ResponsesStreamTo | MessagesStreamTo | legacy.CompletionsStreamTo | None = None
        if api == "responses":
            self._to = ResponsesStreamTo(body, model, id=id, created=created)
        elif api == "messages":
            self._to = MessagesStreamTo(model, id=id)
        elif api == "completions":
            self._to = legacy.CompletionsStreamTo()

    def feed(self, part: StreamPart) -> list[StreamPart]:
        """Return the parts to send on. The last has `is_end`, or `error` and the value for it."""
        return [part] if self._to is None else self._to.feed(part)
