"""Reads Gemini's streams, whose events are whole answers in pieces."""

from typing import Any

from sightline.domain.upstream import StreamPart
from sightline.providers import _errors
from sightline.providers._openai_stream import EventStream
from sightline.wire.google import answers
from sightline.wire.loose import as_dicts, as_text, decoded
from sightline.wire.openai import chunks
from sightline.wire.openai import usage as usages


class GeminiStream(EventStream):
    """It is whole when a candidate has said why it stopped and the connection ends."""

    def __init__(self) -> None:
        super().__init__()
        self._readers: dict[int, answers.Candidate] = {}
        self._last: dict[str, Any] = {}
        self._has_begun = False
        self._is_finished = False

    def _event(self, name: str | None, data: bytes) -> None:
        value = decoded(data)
        if value.__class__ is not dict:
            raise ValueError("an event is no object")
        if error := _errors.in_answer(value):
            self._fail(error)
            return
        id = as_text(value.get("responseId"))
        if not self._has_begun:
            self._has_begun = True
            self._parts.append(chunks.opening(id))
        if "usageMetadata" in value:
            self._last = value
        for at, candidate in enumerate(as_dicts(value.get("candidates"))):
            index = candidate.get("index")
            self._candidate(index if isinstance(index, int) else at, candidate, id)
        if native := answers.blocked(value):
            self._is_finished = True
            self._parts.append(chunks.ending(native, reason="content_filter"))

    def _candidate(self, index: int, candidate: dict[str, Any], id: str) -> None:
        reader = self._readers.get(index)
        if reader is None:
            reader = self._readers[index] = answers.Candidate(id)
        for delta in reader.deltas(candidate):
            self._parts.append(chunks.part(delta, index=index))
        if native := as_text(candidate.get("finishReason")):
            self._is_finished = True
            reason = reader.reason(native)
            self._parts.append(chunks.ending(native, index=index, reason=reason))

    def _ended(self) -> None:
        if not self._is_finished:
            return
        usage = answers.usage_of(self._last)
        if usage is not None:
            value = {**chunks.usage_value(), "usage": usages.to_wire("chat", usage)}
            self._parts.append(StreamPart(value=value, usage=usage))
        self._parts.append(StreamPart(is_end=True))
        self._is_over = True
