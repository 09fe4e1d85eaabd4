"""Reads Converse's event stream as chat chunks."""

from typing import Any

from sightline.domain.generation import Usage
from sightline.domain.upstream import StreamPart
from sightline.providers import _errors
from sightline.providers._converse import usage_of
from sightline.providers._event_stream import FrameReader
from sightline.providers._openai_stream import EventStream
from sightline.wire.anthropic.answers import hidden, thought
from sightline.wire.loose import as_dict, as_text, decoded
from sightline.wire.openai import chunks
from sightline.wire.openai import usage as usages


class ConverseStream(EventStream):
    """Usage comes after the end of the message, in an event of its own."""

    def __init__(self) -> None:
        super().__init__(FrameReader())
        self._kind = ""
        self._calls = 0
        self._thoughts = 0
        self._has_arguments = False
        self._usage: Usage | None = None
        self._is_finished = False

    def _event(self, name: str | None, data: bytes) -> None:
        value = decoded(data)
        if value.__class__ is not dict:
            raise ValueError("an event is no object")
        name = name or ""
        if name.startswith("!"):
            self._fail(_errors.in_answer({"error": {"code": name[1:], **value}}) or _lost())
        elif name == "messageStart":
            self._parts.append(chunks.opening())
        elif name == "contentBlockStart":
            self._start(as_dict(as_dict(value.get("start")).get("toolUse")))
        elif name == "contentBlockDelta":
            self._delta(as_dict(value.get("delta")))
        elif name == "contentBlockStop":
            self._stop()
        elif name == "messageStop":
            self._is_finished = True
            self._parts.append(chunks.ending(as_text(value.get("stopReason")) or "end_turn"))
        elif name == "metadata":
            self._usage = usage_of(value.get("usage"))

    def _start(self, tool: dict[str, Any]) -> None:
        if not tool:
            return
        self._kind = "tool"
        self._has_arguments = False
        id, name = as_text(tool.get("toolUseId")), as_text(tool.get("name"))
        self._parts.append(chunks.part(chunks.tool_call(self._calls, "", id=id, name=name)))

    def _delta(self, delta: dict[str, Any]) -> None:
        told: dict[str, Any] = {}
        if text := as_text(delta.get("text")):
            told = {"content": text}
        elif text := as_text(as_dict(delta.get("toolUse")).get("input")):
            self._has_arguments = True
            told = chunks.tool_call(self._calls, text)
        elif held := as_dict(delta.get("reasoningContent")):
            self._kind = "reasoning"
            if "redactedContent" in held:
                told = chunks.reasoning(hidden(self._thoughts, held["redactedContent"]))
            else:
                detail = thought(self._thoughts, held.get("text"), held.get("signature"))
                told = chunks.reasoning(detail)
        if told:
            self._parts.append(chunks.part(told))

    def _stop(self) -> None:
        if self._kind == "tool":
            if not self._has_arguments:
                self._parts.append(chunks.part(chunks.tool_call(self._calls, "{}")))
            self._calls += 1
        elif self._kind == "reasoning":
            self._thoughts += 1
        self._kind = ""

    def _ended(self) -> None:
        if not self._is_finished:
            return
        if self._usage is not None:
            value = {**chunks.usage_value(), "usage": usages.to_wire("chat", self._usage)}
            self._parts.append(StreamPart(value=value, usage=self._usage))
        self._parts.append(StreamPart(is_end=True))
        self._is_over = True


def _lost() -> Any:
    return _errors.broken("The provider failed while it answered")
