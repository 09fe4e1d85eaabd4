"""Puts a stream together into the answer that would have come at once, for the trace."""

from typing import Any

from sightline.domain.generation import ApiType
from sightline.wire.anthropic.assemble import MessageAssembler
from sightline.wire.loose import as_dict, as_dicts, as_text
from sightline.wire.openai.assemble_response import ResponseAssembler

_LISTS = ("images", "annotations")


class Assembler:
    """Takes each value of one stream; `answer` may be asked at any time, also of half a stream."""

    __slots__ = ("_choices", "_head", "_is_text", "_other", "_usage")

    def __init__(self, api: ApiType) -> None:
        self._choices: dict[int, _Choice] = {}
        self._head: dict[str, Any] | None = None
        self._usage: Any = None
        self._is_text = api == "completions"
        self._other: ResponseAssembler | MessageAssembler | None = None
        if api == "responses":
            self._other = ResponseAssembler()
        elif api == "messages":
            self._other = MessageAssembler()

    def add(self, value: dict[str, Any]) -> None:
        """Take the next value; what has a wrong shape is passed over."""
        if self._other is not None:
            self._other.add(value)
            return
        if self._head is None:
            self._head = value
        choices = value.get("choices")
        if not choices:
            self._usage = value.get("usage") or self._usage
        elif choices.__class__ is list:
            for choice in choices:
                if choice.__class__ is dict:
                    self._choice(choice)

    def add_text(self, value: dict[str, Any], text: str) -> None:
        """Take the next value of a chat stream, of which this text of the first choice is all."""
        if self._head is None:
            self._head = value
        state = self._choices.get(0)
        if state is None:
            state = self._choices[0] = _Choice()
        state.content.append(text)

    def answer(self) -> dict[str, Any]:
        """Return the answer as the api gives it when nobody asks for a stream."""
        if self._other is not None:
            return self._other.answer()
        head = self._head or {}
        kind = "text_completion" if self._is_text else "chat.completion"
        answer = {**head, "object": kind}
        answer.pop("usage", None)
        answer["choices"] = [
            state.text_choice(index) if self._is_text else state.choice(index)
            for index, state in sorted(self._choices.items())
        ]
        if self._usage:
            answer["usage"] = self._usage
        return answer

    def _choice(self, choice: dict[str, Any]) -> None:
        index = choice.get("index")
        index = index if index.__class__ is int else 0
        state = self._choices.get(index)
        if state is None:
            state = self._choices[index] = _Choice()
        if self._is_text:
            delta, text = choice, choice.get("text")
        else:
            said = choice.get("delta")
            delta = said if said.__class__ is dict else {}
            text = delta.get("content")
        if text.__class__ is str:
            state.content.append(text)
        if len(delta) > 1 or text is None:
            state.more(delta)
        if logprobs := choice.get("logprobs"):
            state.add_logprobs(logprobs)
        if reason := choice.get("finish_reason"):
            state.reason = reason
            state.native = choice.get("native_finish_reason")


class _Choice:
    __slots__ = (
        "audio",
        "calls",
        "content",
        "details",
        "lists",
        "logprobs",
        "native",
        "reason",
        "reasoning",
        "refusal",
    )

    def __init__(self) -> None:
        self.content: list[str] = []
        self.reasoning: list[str] = []
        self.refusal: list[str] = []
        self.details: list[dict[str, Any]] = []
        self.calls: dict[int, _Call] = {}
        self.lists: dict[str, list[Any]] = {}
        self.audio: dict[str, Any] = {}
        self.logprobs: dict[str, list[Any]] | None = None
        self.reason: Any = None
        self.native: Any = None

    def more(self, delta: dict[str, Any]) -> None:
        """Take all of a delta but its content."""
        for name, value in delta.items():
            if not value:
                continue
            if name == "reasoning" and value.__class__ is str:
                self.reasoning.append(value)
            elif name == "tool_calls":
                self._add_calls(value)
            elif name == "reasoning_details":
                for detail in as_dicts(value):
                    _add_detail(self.details, detail)
            elif name == "refusal":
                self.refusal.append(as_text(value))
            elif name in _LISTS and value.__class__ is list:
                self.lists.setdefault(name, []).extend(value)
            elif name == "audio":
                self._add_audio(as_dict(value))

    def add_logprobs(self, value: Any) -> None:
        if self.logprobs is None:
            self.logprobs = {}
        for name, tokens in as_dict(value).items():
            if isinstance(tokens, list):
                self.logprobs.setdefault(name, []).extend(tokens)

    def choice(self, index: int) -> dict[str, Any]:
        content = "".join(self.content)
        message: dict[str, Any] = {"role": "assistant", "content": content or None}
        if content or not self.calls:
            message["content"] = content
        message["refusal"] = "".join(self.refusal) or None
        message["reasoning"] = "".join(self.reasoning) or None
        if self.details:
            message["reasoning_details"] = self.details
        if self.calls:
            message["tool_calls"] = [call.value() for _, call in sorted(self.calls.items())]
        if self.audio:
            message["audio"] = self.audio
        message.update(self.lists)
        return {
            "index": index,
            "message": message,
            "finish_reason": self.reason,
            "native_finish_reason": self.native,
            "logprobs": self.logprobs,
        }

    def text_choice(self, index: int) -> dict[str, Any]:
        return {
            "index": index,
            "text": "".join(self.content),
            "finish_reason": self.reason,
            "native_finish_reason": self.native,
            "logprobs": self.logprobs,
        }

    def _add_calls(self, value: Any) -> None:
        for position, piece in enumerate(as_dicts(value)):
            index = piece.get("index")
            index = index if index.__class__ is int else self._position(piece, position)
            call = self.calls.get(index)
            if call is None:
                call = self.calls[index] = _Call()
            call.add(piece)

    def _position(self, piece: dict[str, Any], position: int) -> int:
        """Some providers send whole calls without saying which they are."""
        id = piece.get("id")
        for index, call in self.calls.items():
            if id and call.id == id:
                return index
        return len(self.calls) if id else position

    def _add_audio(self, value: dict[str, Any]) -> None:
        for name, piece in value.items():
            held = self.audio.get(name)
            if name in ("data", "transcript") and isinstance(held, str):
                self.audio[name] = held + as_text(piece)
            else:
                self.audio[name] = piece


class _Call:
    __slots__ = ("arguments", "extra", "id", "name", "type")

    def __init__(self) -> None:
        self.id = ""
        self.type = "function"
        self.name = ""
        self.arguments: list[str] = []
        self.extra: dict[str, Any] = {}

    def add(self, piece: dict[str, Any]) -> None:
        self.id = self.id or as_text(piece.get("id"))
        self.type = as_text(piece.get("type")) or self.type
        function = as_dict(piece.get("function"))
        name = as_text(function.get("name"))
        # Some repeat the name in each piece, one or two send it in pieces.
        if name and name != self.name:
            self.name += name
        self.arguments.append(as_text(function.get("arguments")))
        if "extra_content" in piece:
            self.extra = {"extra_content": piece["extra_content"]}

    def value(self) -> dict[str, Any]:
        function = {"name": self.name, "arguments": "".join(self.arguments)}
        return {"id": self.id, "type": self.type, "function": function, **self.extra}


def _add_detail(details: list[dict[str, Any]], piece: dict[str, Any]) -> None:
    """Join a piece of a reasoning detail to the one it belongs to."""
    held = details[-1] if details else None
    if (
        held is None
        or held.get("type") != piece.get("type")
        or held.get("index") != piece.get("index")
        or (piece.get("id") and held.get("id") and piece["id"] != held["id"])
        or "data" in piece
    ):
        details.append(dict(piece))
        return
    for name, value in piece.items():
        if name in ("text", "summary") and isinstance(held.get(name), str):
            held[name] += as_text(value)
        elif value is not None:
            held[name] = value
