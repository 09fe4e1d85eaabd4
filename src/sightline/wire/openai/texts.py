"""What a generation keeps of a call: its input, its parameters, and the texts of its answer."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from sightline.core.codec import encode_text
from sightline.domain.generation import ApiType
from sightline.wire.loose import as_dict, as_dicts, as_list, as_text

# What holds words of the caller goes to `input`; the rest of a request are its parameters.
_INPUTS = ("messages", "prompt", "input", "system", "instructions", "suffix", "prediction")
_NOT_PARAMETERS = frozenset(
    (*_INPUTS, "model", "metadata", "trace", "user", "session_id", "preset")
)
_OUTPUTS: dict[ApiType, str] = {
    "chat": "choices",
    "completions": "choices",
    "responses": "output",
    "messages": "content",
}


class Texts(NamedTuple):
    """The words of an answer; `tool_calls` is a JSON array in OpenAI's shape."""

    completion: str | None = None
    reasoning: str | None = None
    tool_calls: str | None = None


class _Vector(msgspec.Struct):
    embedding: msgspec.Raw = msgspec.Raw(b"[]")


def parameters(body: Mapping[str, Any]) -> str | None:
    """Return the JSON object of how the call was to be made; None when it says nothing."""
    kept = {key: value for key, value in body.items() if key not in _NOT_PARAMETERS}
    return encode_text(kept) if kept else None


def input_of(body: Mapping[str, Any]) -> str:
    """Return the JSON object of what was asked, as it was sent."""
    return encode_text({key: body[key] for key in _INPUTS if key in body})


def output_of(api: ApiType, answer: Mapping[str, Any]) -> str:
    """Return the JSON object of what was answered; of embeddings only how many and how long."""
    if api == "embeddings":
        return encode_text(_shape(answer.get("data")))
    key = _OUTPUTS[api]
    return encode_text({key: answer.get(key) or []})


def read(api: ApiType, answer: Mapping[str, Any]) -> Texts:
    """Return the words of an answer, at once or put together from a stream."""
    if api in ("chat", "completions"):
        choice = as_dict(next(iter(as_list(answer.get("choices"))), None))
        if api == "completions":
            return Texts(as_text(choice.get("text")) or None)
        return _of_message(as_dict(choice.get("message")))
    if api == "responses":
        return _of_items(as_dicts(answer.get("output")))
    return _of_blocks(as_dicts(answer.get("content"))) if api == "messages" else Texts()


def text_of(content: Any) -> str:
    """Return the text of a content that is text or a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(as_text(part.get("text")) for part in as_dicts(content))


def _of_message(message: dict[str, Any]) -> Texts:
    calls = as_list(message.get("tool_calls"))
    return Texts(
        text_of(message.get("content")) or as_text(message.get("refusal")) or None,
        as_text(message.get("reasoning")) or None,
        encode_text(calls) if calls else None,
    )


def _of_items(items: list[dict[str, Any]]) -> Texts:
    words: list[str] = []
    thoughts: list[str] = []
    calls: list[dict[str, Any]] = []
    for item in items:
        kind = item.get("type")
        if kind == "message":
            parts = as_dicts(item.get("content"))
            words += [as_text(part.get("text")) or as_text(part.get("refusal")) for part in parts]
        elif kind == "reasoning":
            thoughts.append(text_of(item.get("content")) or text_of(item.get("summary")))
        elif kind == "function_call":
            calls.append(_call(item.get("call_id"), item.get("name"), item.get("arguments")))
    return _texts(words, thoughts, calls)


def _of_blocks(blocks: list[dict[str, Any]]) -> Texts:
    words: list[str] = []
    thoughts: list[str] = []
    calls: list[dict[str, Any]] = []
    for block in blocks:
        kind = block.get("type")
        if kind == "text":
            words.append(as_text(block.get("text")))
        elif kind == "thinking":
            thoughts.append(as_text(block.get("thinking")))
        elif kind == "tool_use":
            held = block.get("input")
            text = held if isinstance(held, str) else encode_text(held)
            calls.append(_call(block.get("id"), block.get("name"), text))
    return _texts(words, thoughts, calls)


def _texts(words: list[str], thoughts: list[str], calls: list[dict[str, Any]]) -> Texts:
    return Texts(
        "".join(words) or None, "".join(thoughts) or None, encode_text(calls) if calls else None
    )


def _call(id: Any, name: Any, arguments: Any) -> dict[str, Any]:
    function = {"name": as_text(name), "arguments": as_text(arguments)}
    return {"id": as_text(id), "type": "function", "function": function}


def _shape(data: Any) -> dict[str, int]:
    try:
        if isinstance(data, msgspec.Raw):
            vectors = [
                bytes(item.embedding) for item in msgspec.json.decode(data, type=list[_Vector])
            ]
        else:
            vectors = [msgspec.json.encode(item.get("embedding")) for item in as_dicts(data)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"embeddings": 0, "dimensions": 0}
    return {"embeddings": len(vectors), "dimensions": _dimensions(vectors[0]) if vectors else 0}


def _dimensions(vector: bytes) -> int:
    vector = vector.strip()
    if vector.startswith(b'"'):  # base64 of 32-bit floats
        return (len(vector) - 2) * 3 // 16
    return vector.count(b",") + 1 if vector not in (b"[]", b"null") else 0
