"""What an upstream said, in the tongue of the api that the caller asked."""

from typing import Any

import msgspec

from sightline.domain.generation import Usage


class UpstreamError(msgspec.Struct, frozen=True, kw_only=True):
    """An upstream's refusal, in OpenRouter's words.

    `type` is OpenRouter's error type; `status` is the upstream's; `message` is for the caller.
    """

    type: str
    message: str
    status: int
    provider_code: str | None = None


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """An answer in the tongue of the `api` that was asked.

    `value` is the caller's to change (id, model, provider, usage). Of embeddings `value["data"]` is
    `msgspec.Raw`: vectors are never decoded.
    """

    value: dict[str, Any]
    usage: Usage | None
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    upstream_id: str | None = None
    upstream_cost: float | None = None


class StreamPart(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event of a stream in the tongue of the `api`: `value` to send on (None: nothing).

    `value` is a fresh dict that the receiver may change. `event` is the SSE event's name where the
    api has them (responses, messages). A chat or completions stream tells `usage` once, in a part
    of its own whose value has no choices, right before the end. After a part with `error` or
    `is_end` none follows. `is_end` may come with a value (`response.completed`, `message_stop`).
    """

    value: dict[str, Any] | None = None
    event: str | None = None
    usage: Usage | None = None
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    has_content: bool = False
    """Whether a model's output is in it: the first such part is the first token."""
    text: str | None = None
    """The output, where a chat stream's part is no more than words of its first choice; may be
    left out."""
    error: UpstreamError | None = None
    is_end: bool = False
    upstream_id: str | None = None
    """Told once, in the first part."""
    upstream_cost: float | None = None
    """USD, where a provider says what it charged; told with `usage`."""


class BadAnswerError(ValueError):
    """What came is no answer: `error` says what it is, in OpenRouter's words."""

    def __init__(self, error: UpstreamError) -> None:
        super().__init__(error.message)
        self.error = error
