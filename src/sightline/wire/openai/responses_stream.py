"""A stream of chat chunks as the events of a Responses stream."""

from collections.abc import Mapping
from typing import Any

from sightline.domain.upstream import StreamPart
from sightline.wire.loose import as_dict, as_dicts, as_list, as_text
from sightline.wire.openai import assemble, responses_out, stamp
from sightline.wire.openai.costs import usage_for


class ResponsesStreamTo:
    """Thoughts, words and calls become items; each opens with its first piece."""

    def __init__(self, body: Mapping[str, Any], model: str, *, id: str, created: int) -> None:
        self._id = id
        self._head = responses_out.response(id, model, created, body)
        self._number = 0
        self._out: list[StreamPart] = []
        self._items: list[dict[str, Any]] = []
        self._open: str | None = None
        self._texts: dict[str, list[str]] = {"reasoning": [], "content": [], "refusal": []}
        self._whole = assemble.Assembler("chat")
        self._calls: dict[int, _Call] = {}
        self._reason = "stop"
        self._usage: dict[str, Any] | None = None

    def feed(self, part: StreamPart) -> list[StreamPart]:
        self._out = []
        if self._number == 0:
            for kind in ("response.created", "response.in_progress"):
                self._emit(kind, response=dict(self._head))
        if part.value is not None:
            self._value(part.value)
        if part.finish_reason:
            self._reason = part.finish_reason
        if part.error is not None:
            error = {"message": part.error.message, "metadata": {"error_type": part.error.type}}
            name, value = stamp.failure("responses", error, sequence_number=self._number)
            value["response"] = {**self._head, **value["response"], "output": self._items}
            self._out.append(StreamPart(value=value, event=name, error=part.error, is_end=True))
        elif part.is_end:
            self._end()
        return self._out

    def _value(self, value: dict[str, Any]) -> None:
        self._whole.add(value)
        if value.get("usage"):
            self._usage = usage_for("responses", value["usage"])
        choice = as_dict(next(iter(as_list(value.get("choices"))), None))
        delta = as_dict(choice.get("delta"))
        if text := as_text(delta.get("reasoning")):
            self._say("reasoning", text)
        if text := as_text(delta.get("content")):
            self._say("content", text)
        if text := as_text(delta.get("refusal")):
            self._say("refusal", text)
        for at, piece in enumerate(as_dicts(delta.get("tool_calls"))):
            index = piece.get("index")
            self._call(index if isinstance(index, int) else at, piece)

    def _say(self, name: str, text: str) -> None:
        if self._open != name:
            self._close()
            self._begin(name)
        self._texts[name].append(text)
        kind, places = _DELTAS[name]
        if name == "content":
            places = {**places, "logprobs": []}
        self._emit(kind, True, **self._place(), **places, delta=text)

    def _begin(self, name: str) -> None:
        self._open = name
        self._texts[name] = []
        if name == "reasoning":
            item = responses_out.reasoning_item(self._id, "", [])
            part = {"type": "summary_text", "text": ""}
        else:
            item = responses_out.message_item(self._id, "", "", [], "in_progress")
            item["content"] = []
            empty = {"type": "refusal", "refusal": ""}
            part = empty if name == "refusal" else responses_out.text_part("", [])
        self._items.append(item)
        self._emit("response.output_item.added", output_index=self._last, item=dict(item))
        kind = _PARTS[name]
        self._emit(f"{kind}.added", **self._place(), **_DELTAS[name][1], part=part)

    def _close(self) -> None:
        """Finish the item of words or thoughts that is open."""
        name, self._open = self._open, None
        if name is None:
            return
        text = "".join(self._texts[name])
        choice = as_dict(next(iter(self._whole.answer()["choices"]), None))
        message = as_dict(choice.get("message"))
        place, extra = self._place(), _DELTAS[name][1]
        if name == "reasoning":
            details = as_dicts(message.get("reasoning_details"))
            item = responses_out.reasoning_item(self._id, text, details)
            part, word = item["summary"][0], "text"
        elif name == "refusal":
            item = responses_out.message_item(self._id, "", text, [])
            part, word = item["content"][0], "refusal"
        else:
            notes = as_list(message.get("annotations"))
            item = responses_out.message_item(self._id, text, "", notes)
            part, word = item["content"][0], "text"
            extra = {**extra, "logprobs": []}
        done = _DELTAS[name][0].removesuffix("delta") + "done"
        self._emit(done, **place, **extra, **{word: text})
        self._emit(f"{_PARTS[name]}.done", **place, **_DELTAS[name][1], part=part)
        self._items[self._last] = item
        self._emit("response.output_item.done", output_index=self._last, item=item)

    def _call(self, index: int, piece: dict[str, Any]) -> None:
        function = as_dict(piece.get("function"))
        call = self._calls.get(index)
        if call is None:
            self._close()
            name, id = as_text(function.get("name")), as_text(piece.get("id"))
            item = responses_out.call_item(self._id, len(self._calls), id, name, "", "in_progress")
            call = self._calls[index] = _Call(len(self._items), item)
            self._items.append(item)
            self._emit("response.output_item.added", output_index=call.at, item=dict(item))
        if text := as_text(function.get("arguments")):
            call.pieces.append(text)
            kind = "response.function_call_arguments.delta"
            self._emit(kind, True, item_id=call.item["id"], output_index=call.at, delta=text)

    def _end(self) -> None:
        self._close()
        for call in self._calls.values():
            arguments = "".join(call.pieces)
            item = {**call.item, "arguments": arguments, "status": "completed"}
            self._items[call.at] = item
            self._emit(
                "response.function_call_arguments.done",
                item_id=item["id"],
                output_index=call.at,
                name=item["name"],
                arguments=arguments,
            )
            self._emit("response.output_item.done", output_index=call.at, item=item)
        if not self._items:
            self._begin("content")
            self._close()
        ended = responses_out.ending(self._reason)
        value = {**self._head, **ended, "output": self._items, "usage": self._usage}
        self._emit(f"response.{ended['status']}", response=value)
        last = self._out[-1]
        self._out[-1] = StreamPart(value=last.value, event=last.event, is_end=True)

    @property
    def _last(self) -> int:
        return len(self._items) - 1

    def _place(self) -> dict[str, Any]:
        return {"item_id": self._items[-1]["id"], "output_index": self._last}

    def _emit(self, kind: str, has_content: bool = False, /, **fields: Any) -> None:
        value = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        self._out.append(StreamPart(value=value, event=kind, has_content=has_content))


class _Call:
    __slots__ = ("at", "item", "pieces")

    def __init__(self, at: int, item: dict[str, Any]) -> None:
        self.at = at
        self.item = item
        self.pieces: list[str] = []


_DELTAS: dict[str, tuple[str, dict[str, Any]]] = {
    "reasoning": ("response.reasoning_summary_text.delta", {"summary_index": 0}),
    "content": ("response.output_text.delta", {"content_index": 0}),
    "refusal": ("response.refusal.delta", {"content_index": 0}),
}
_PARTS = {
    "reasoning": "response.reasoning_summary_part",
    "content": "response.content_part",
    "refusal": "response.content_part",
}
