"""A stream of chat chunks as the events of a Messages stream."""

from typing import Any

from sightline.domain.upstream import StreamPart
from sightline.wire.anthropic.inbound import stop_reason, veiled
from sightline.wire.loose import as_dict, as_dicts, as_list, as_text
from sightline.wire.openai import stamp
from sightline.wire.openai.costs import usage_for


class MessagesStreamTo:
    """One block is open at a time, as Anthropic's clients expect."""

    def __init__(self, model: str, *, id: str) -> None:
        self._model = model
        self._id = id
        self._out: list[StreamPart] = []
        self._index = -1
        self._open: str | None = None
        self._has_begun = False
        self._reason = "stop"
        self._usage: dict[str, Any] | None = None

    def feed(self, part: StreamPart) -> list[StreamPart]:
        self._out = []
        if not self._has_begun:
            self._begin()
        if part.finish_reason:
            self._reason = part.finish_reason
        if part.value is not None:
            self._value(part.value)
        if part.error is not None:
            error = {"message": part.error.message, "metadata": {"error_type": part.error.type}}
            name, value = stamp.failure("messages", error)
            self._out.append(StreamPart(value=value, event=name, error=part.error, is_end=True))
        elif part.is_end:
            self._end()
        return self._out

    def _begin(self) -> None:
        self._has_begun = True
        message: dict[str, Any] = {
            "id": self._id,
            "type": "message",
            "role": "assistant",
            "model": self._model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 0, "output_tokens": 0},
        }
        self._emit("message_start", message=message)

    def _value(self, value: dict[str, Any]) -> None:
        if value.get("usage"):
            self._usage = usage_for("messages", value["usage"])
        choice = as_dict(next(iter(as_list(value.get("choices"))), None))
        delta = as_dict(choice.get("delta"))
        details = as_dicts(delta.get("reasoning_details"))
        for detail in details:
            self._detail(detail)
        if not details and (text := as_text(delta.get("reasoning"))):
            self._think(text)
        if text := as_text(delta.get("content")) or as_text(delta.get("refusal")):
            self._start("text", {"type": "text", "text": ""})
            self._delta({"type": "text_delta", "text": text})
        for at, piece in enumerate(as_dicts(delta.get("tool_calls"))):
            self._call(piece, at)

    def _detail(self, detail: dict[str, Any]) -> None:
        if detail.get("type") == "reasoning.encrypted":
            self._stop()
            block = {"type": "redacted_thinking", "data": veiled(detail)}
            self._start("redacted", block)
            self._stop()
            return
        if text := as_text(detail.get("text")) or as_text(detail.get("summary")):
            self._think(text)
        if signature := as_text(detail.get("signature")):
            self._think("")
            self._delta({"type": "signature_delta", "signature": signature})

    def _think(self, text: str) -> None:
        self._start("thinking", {"type": "thinking", "thinking": "", "signature": ""})
        if text:
            self._delta({"type": "thinking_delta", "thinking": text})

    def _call(self, piece: dict[str, Any], at: int) -> None:
        function = as_dict(piece.get("function"))
        key = f"call {piece.get('index', at)}"
        id, name = as_text(piece.get("id")), as_text(function.get("name"))
        self._start(key, {"type": "tool_use", "id": id, "name": name, "input": {}})
        if text := as_text(function.get("arguments")):
            self._delta({"type": "input_json_delta", "partial_json": text})

    def _start(self, name: str, block: dict[str, Any]) -> None:
        if self._open == name:
            return
        self._stop()
        self._open = name
        self._index += 1
        self._emit("content_block_start", index=self._index, content_block=block)

    def _delta(self, delta: dict[str, Any]) -> None:
        self._emit("content_block_delta", True, index=self._index, delta=delta)

    def _stop(self) -> None:
        if self._open is not None:
            self._open = None
            self._emit("content_block_stop", index=self._index)

    def _end(self) -> None:
        self._stop()
        delta = {"stop_reason": stop_reason(self._reason), "stop_sequence": None}
        self._emit("message_delta", delta=delta, usage=self._usage or {"output_tokens": 0})
        self._emit("message_stop")
        last = self._out[-1]
        self._out[-1] = StreamPart(value=last.value, event=last.event, is_end=True)

    def _emit(self, kind: str, has_content: bool = False, /, **fields: Any) -> None:
        value = {"type": kind, **fields}
        self._out.append(StreamPart(value=value, event=kind, has_content=has_content))
