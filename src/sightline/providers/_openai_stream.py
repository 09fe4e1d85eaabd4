"""Reads streams of OpenAI-compatible upstreams: chat, completions and responses."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

from sightline.domain.generation import Usage
from sightline.domain.upstream import StreamPart, UpstreamError
from sightline.providers import _errors
from sightline.wire import sse
from sightline.wire.loose import as_dict, as_dicts, as_text, decoded
from sightline.wire.openai import finish
from sightline.wire.openai import usage as usages

_OUTPUTS = ("content", "reasoning", "tool_calls", "refusal", "reasoning_details", "images", "audio")


class EventReader(Protocol):
    """Cuts bytes into named events; raises `ValueError` when it cannot."""

    def feed(self, data: bytes) -> list[sse.Event]: ...

    def close(self) -> list[sse.Event]: ...


class EventStream:
    """Feeds whole events to `_event` until it says that the stream is over.

    Used for every upstream; what is particular is in the sub-class.
    """

    def __init__(self, reader: EventReader | None = None) -> None:
        self._reader = reader or sse.Reader()
        self._is_over = False
        self._parts: list[StreamPart] = []

    def feed(self, data: bytes) -> Sequence[StreamPart]:
        if self._is_over:
            return ()
        self._parts = []
        try:
            self._take(self._reader.feed(data))
        except ValueError as error:
            self._fail(_errors.broken(f"The provider sent a broken stream: {error}"))
        return self._parts

    def close(self) -> Sequence[StreamPart]:
        if self._is_over:
            return ()
        self._parts = []
        with suppress(ValueError):  # A last event that is cut: said below.
            self._take(self._reader.close())
        if not self._is_over:
            self._ended()
        if not self._is_over:
            self._fail(_errors.broken("The provider ended the stream before the answer was whole"))
        return self._parts

    def _take(self, events: list[sse.Event]) -> None:
        for name, data in events:
            self._event(name, data)
            if self._is_over:
                return

    def _event(self, name: str | None, data: bytes) -> None:
        raise NotImplementedError

    def _ended(self) -> None:
        """End well if the answer is whole although the upstream does not say so."""

    def _fail(self, error: UpstreamError) -> None:
        self._parts.append(StreamPart(error=error))
        self._is_over = True


class ChunkStream(EventStream):
    """Chunks of chat or completions. Usage is held back until the end."""

    def __init__(self, api_reads_text: bool) -> None:
        super().__init__()
        self._has_content: Callable[[dict[str, Any]], bool] = (
            _has_text if api_reads_text else _has_delta
        )
        self._id: str | None = None
        self._usage: Any = None
        self._last: dict[str, Any] = {}
        self._is_finished = False

    def _event(self, name: str | None, data: bytes) -> None:
        if data == b"[DONE]":
            self._end()
            return
        value = decoded(data)
        if value.__class__ is not dict:
            raise ValueError("an event is no object")
        if "error" in value and (error := _errors.in_answer(value)):
            self._fail(error)
            return
        if "usage" in value and (told := value.pop("usage")):
            self._usage = told
            self._last = value
        choices = value.get("choices")
        if not choices:
            self._without_choices(value)
            return
        if choices.__class__ is not list or (first := choices[0]).__class__ is not dict:
            raise ValueError("choices are no objects")
        if len(choices) == 1 and self._id is not None and not first.get("finish_reason"):
            if text := _only_words(first):
                # Most of a stream.
                self._parts.append(StreamPart(value=value, has_content=True, text=text))
            else:
                has_content = self._has_content(first)
                self._parts.append(StreamPart(value=value, has_content=has_content))
            return
        reason = native = None
        for choice in choices:
            ended = as_dict(choice).get("finish_reason")
            if ended:
                self._is_finished = True
                choice["finish_reason"] = finish.normal(ended)
                native = choice["native_finish_reason"] = (
                    choice.get("native_finish_reason") or as_text(ended) or None
                )
                reason = reason or choice["finish_reason"]
        upstream_id = None
        if self._id is None:
            self._id = upstream_id = as_text(value.get("id"))
        self._parts.append(
            StreamPart(
                value=value,
                has_content=self._has_content(first),
                finish_reason=reason,
                native_finish_reason=native,
                upstream_id=upstream_id or None,
            )
        )

    def _without_choices(self, value: dict[str, Any]) -> None:
        # Groq tells usage beside the choices; Azure opens with what its filter found.
        if told := as_dict(value.get("x_groq")).get("usage"):
            self._usage, self._last = told, value

    def _ended(self) -> None:
        if self._is_finished:
            self._end()

    def _end(self) -> None:
        usage: Usage | None = usages.read("chat", self._usage)
        if usage is not None:
            value = {**self._last, "choices": [], "usage": self._usage}
            self._parts.append(
                StreamPart(value=value, usage=usage, upstream_cost=usages.charged(self._usage))
            )
        self._parts.append(StreamPart(is_end=True))
        self._is_over = True


class ResponsesStream(EventStream):
    """Events of the Responses API, passed on as they are."""

    def __init__(self) -> None:
        super().__init__()
        self._id: str | None = None

    def _event(self, name: str | None, data: bytes) -> None:
        if data == b"[DONE]":
            return
        value = decoded(data)
        if value.__class__ is not dict:
            raise ValueError("an event is no object")
        kind = as_text(value.get("type")) or name or ""
        if kind == "error":
            self._fail(_errors.in_answer({"error": value.get("error") or value}) or _failed())
            return
        held = as_dict(value.get("response"))
        upstream_id = None
        if self._id is None and held:
            self._id = upstream_id = as_text(held.get("id"))
        if kind in ("response.completed", "response.incomplete", "response.failed"):
            self._parts.append(_last_event(kind, value, held))
            self._is_over = True
            return
        self._parts.append(
            StreamPart(
                value=value,
                event=kind,
                has_content=kind.endswith(".delta"),
                upstream_id=upstream_id or None,
            )
        )


def _last_event(kind: str, value: dict[str, Any], held: dict[str, Any]) -> StreamPart:
    reason, native = responses_finish(held)
    return StreamPart(
        value=value,
        event=kind,
        usage=usages.read("responses", held.get("usage")),
        upstream_cost=usages.charged(held.get("usage")),
        finish_reason=reason,
        native_finish_reason=native,
        error=(_errors.in_answer(held) or _failed()) if kind == "response.failed" else None,
        is_end=True,
    )


def responses_finish(value: dict[str, Any]) -> tuple[str, str]:
    """Return our finish reason of a response, and the upstream's own word."""
    status = as_text(value.get("status")) or "completed"
    if status == "incomplete":
        native = as_text(as_dict(value.get("incomplete_details")).get("reason")) or status
        return finish.normal(native) or "length", native
    if status in ("failed", "cancelled"):
        return "error", status
    calls = any(item.get("type") == "function_call" for item in as_dicts(value.get("output")))
    return ("tool_calls" if calls else "stop"), status


def _failed() -> UpstreamError:
    return _errors.broken("The provider failed while it answered")


def _only_words(choice: dict[str, Any]) -> str | None:
    """Return the text of a choice that has nothing else and is the first; else none."""
    delta = choice.get("delta")
    if delta.__class__ is not dict or len(delta) != 1:
        return None
    text = delta.get("content")
    if text.__class__ is not str or choice.get("index") or choice.get("logprobs"):
        return None
    return text


def _has_text(choice: dict[str, Any]) -> bool:
    return bool(choice.get("text"))


def _has_delta(choice: dict[str, Any]) -> bool:
    delta = choice.get("delta")
    if delta.__class__ is not dict:
        return False
    content = delta.get("content")
    if content.__class__ is str and content:
        return True
    settle_message(delta)
    return any(delta.get(name) for name in _OUTPUTS)


def settle_message(message: dict[str, Any]) -> None:
    """Bring what providers spell otherwise into OpenRouter's fields."""
    thought = message.get("reasoning_content")
    if thought and "reasoning" not in message:
        message["reasoning"] = thought
    content = message.get("content")
    if content.__class__ is list:
        _split_content(message, content)


def _split_content(message: dict[str, Any], content: list[Any]) -> None:
    """Mistral's reasoning models answer in parts of text and thinking."""
    texts: list[str] = []
    thoughts: list[str] = []
    for part in as_dicts(content):
        if part.get("type") == "thinking":
            thoughts += [as_text(piece.get("text")) for piece in as_dicts(part.get("thinking"))]
        else:
            texts.append(as_text(part.get("text")))
    message["content"] = "".join(texts)
    if thoughts:
        message["reasoning"] = "".join(thoughts)
