"""Reads Anthropic's streams: as chat chunks, or passed on for callers of `messages`."""

from typing import Any

from sightline.core.codec import encode_text
from sightline.domain.upstream import StreamPart
from sightline.providers import _errors
from sightline.providers._openai_stream import EventStream
from sightline.wire.anthropic import answers
from sightline.wire.anthropic.tools import JSON_TOOL
from sightline.wire.loose import as_dict, as_text, decoded
from sightline.wire.openai import chunks
from sightline.wire.openai import usage as usages


class _AnthropicStream(EventStream):
    """Usage comes in two parts: the prompt's at the start, the answer's at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._usage: dict[str, Any] = {}
        self._id: str | None = None

    def _event(self, name: str | None, data: bytes) -> None:
        value = decoded(data)
        if value.__class__ is not dict:
            raise ValueError("an event is no object")
        kind = as_text(value.get("type")) or name or ""
        if kind == "error":
            error = _errors.in_answer(value)
            self._fail(error or _errors.broken("The provider failed while it answered"))
            return
        if kind == "message_start":
            message = as_dict(value.get("message"))
            self._usage.update(as_dict(message.get("usage")))
            self._id = as_text(message.get("id")) or None
        elif kind == "message_delta":
            told = as_dict(value.get("usage"))
            self._usage.update({key: item for key, item in told.items() if item is not None})
        self._take_event(kind, value)

    def _take_event(self, kind: str, value: dict[str, Any]) -> None:
        raise NotImplementedError


class MessagesStream(_AnthropicStream):
    """Passes each event on."""

    def _take_event(self, kind: str, value: dict[str, Any]) -> None:
        usage = reason = native = None
        if kind == "message_delta":
            usage = usages.read_messages(self._usage)
            native = as_text(as_dict(value.get("delta")).get("stop_reason")) or None
            reason = answers.reason(native, is_json=False) if native else None
        self._parts.append(
            StreamPart(
                value=value,
                event=kind,
                usage=usage,
                finish_reason=reason,
                native_finish_reason=native,
                has_content=kind == "content_block_delta",
                upstream_id=self._id if kind == "message_start" else None,
                is_end=kind == "message_stop",
            )
        )
        self._is_over = kind == "message_stop"


class ChatStream(_AnthropicStream):
    """Turns events into chunks."""

    def __init__(self) -> None:
        super().__init__()
        self._block = ""
        self._is_json = False
        self._calls = 0
        self._thoughts = 0
        self._has_arguments = False
        self._is_finished = False

    def _take_event(self, kind: str, value: dict[str, Any]) -> None:
        if kind == "content_block_delta":
            self._delta(as_dict(value.get("delta")))
        elif kind == "content_block_start":
            self._start(as_dict(value.get("content_block")))
        elif kind == "content_block_stop":
            self._stop()
        elif kind == "message_start":
            self._parts.append(chunks.opening(self._id))
        elif kind == "message_delta":
            if native := as_text(as_dict(value.get("delta")).get("stop_reason")):
                self._is_finished = True
                is_json = self._is_json and not self._calls
                told = answers.reason(native, is_json=is_json)
                self._parts.append(chunks.ending(native, reason=told))
        elif kind == "message_stop":
            self._end()

    def _start(self, block: dict[str, Any]) -> None:
        self._block = as_text(block.get("type"))
        held = as_dict(block.get("input"))
        self._has_arguments = bool(held)
        if self._block == "tool_use":
            if block.get("name") == JSON_TOOL:
                self._block = JSON_TOOL
                self._is_json = True
                if held:
                    self._say({"content": encode_text(held)})
                return
            id, name = as_text(block.get("id")), as_text(block.get("name"))
            text = encode_text(held) if held else ""
            self._say(chunks.tool_call(self._calls, text, id=id, name=name))
        elif self._block == "redacted_thinking":
            self._say(chunks.reasoning(answers.hidden(self._thoughts, block.get("data"))))
        elif self._block == "thinking" and block.get("thinking"):
            self._say(chunks.reasoning(answers.thought(self._thoughts, block["thinking"])))
        elif self._block == "text" and block.get("text"):
            self._say({"content": as_text(block["text"])})

    def _delta(self, delta: dict[str, Any]) -> None:
        kind = delta.get("type")
        if kind == "text_delta":
            self._say({"content": as_text(delta.get("text"))})
        elif kind == "thinking_delta":
            detail = answers.thought(self._thoughts, delta.get("thinking"))
            self._say(chunks.reasoning(detail))
        elif kind == "signature_delta":
            detail = answers.thought(self._thoughts, "", delta.get("signature"))
            self._say(chunks.reasoning(detail))
        elif kind == "input_json_delta" and (text := as_text(delta.get("partial_json"))):
            self._has_arguments = True
            if self._block == JSON_TOOL:
                self._say({"content": text})
            elif self._block == "tool_use":
                self._say(chunks.tool_call(self._calls, text))
        elif kind == "citations_delta" and (note := answers.cite(as_dict(delta.get("citation")))):
            self._say({"annotations": [note]})

    def _stop(self) -> None:
        if self._block == "tool_use":
            if not self._has_arguments:
                self._say(chunks.tool_call(self._calls, "{}"))
            self._calls += 1
        elif self._block in ("thinking", "redacted_thinking"):
            self._thoughts += 1
        self._block = ""

    def _say(self, delta: dict[str, Any]) -> None:
        self._parts.append(chunks.part(delta))

    def _ended(self) -> None:
        if self._is_finished:
            self._end()

    def _end(self) -> None:
        if self._usage:
            usage = usages.read_messages(self._usage)
            value = {**chunks.usage_value(), "usage": usages.to_wire("chat", usage)}
            self._parts.append(StreamPart(value=value, usage=usage))
        self._parts.append(StreamPart(is_end=True))
        self._is_over = True
