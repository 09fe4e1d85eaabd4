"""Messages as destinations show them: without images, sound and files; as chat, whatever the API.

A part that is no text leaves a short mark, `{"type": "text", "text": "[image omitted]"}`.
"""

import re
from collections.abc import Mapping
from typing import Any

from sightline.core import codec
from sightline.destinations._cut import marker

MAX_DEPTH = 100

_KINDS = {
    "image_url": "image",
    "input_image": "image",
    "output_image": "image",
    "image": "image",
    "computer_screenshot": "image",
    "input_audio": "audio",
    "audio": "audio",
    "file": "file",
    "input_file": "file",
    "document": "file",
    "video_url": "video",
    "input_video": "video",
    "video": "video",
}
# Fields of a part of such a type; an object with none of them is something else.
_CARRIERS = frozenset(
    "image_url input_audio audio file file_id file_data file_url video_url source data url".split()
)
_DATA_KEYS = frozenset({"b64_json", "file_data", "partial_image_b64"})
_DATA_URL = re.compile(
    r"data:([\w.+-]{1,64})/[\w.+-]{1,64}(?:;[\w.+=-]{1,64}){0,4};base64,[\w+/=-]*"
)


def without_media(value: Any, depth: int = 0) -> Any:
    """Return the JSON value with marks in place of images, sound, video and files."""
    if isinstance(value, str):
        return _DATA_URL.sub(_omitted_url, value) if "base64," in value else value
    if depth > MAX_DEPTH:
        return marker(reason="depth")
    if isinstance(value, list):
        return [without_media(item, depth + 1) for item in value]
    if not isinstance(value, Mapping):
        return value
    kind = _KINDS.get(value["type"]) if isinstance(value.get("type"), str) else None
    if kind and not _CARRIERS.isdisjoint(value) and not _is_text_document(value):
        return {"type": "text", "text": f"[{kind} omitted]"}
    if "inlineData" in value or "inline_data" in value:
        return {"text": "[file omitted]"}
    return {name: _field(name, item, value, depth) for name, item in value.items()}


def _field(name: str, item: Any, owner: Mapping[str, Any], depth: int) -> Any:
    if name in _DATA_KEYS and isinstance(item, str):
        return "[file omitted]"
    if name == "audio" and isinstance(item, Mapping) and "data" in item:
        return {**without_media(item, depth + 1), "data": "[audio omitted]"}
    if name == "result" and owner.get("type") == "image_generation_call":
        return "[image omitted]"
    return without_media(item, depth + 1)


def _is_text_document(part: Mapping[str, Any]) -> bool:
    source = part.get("source")
    return isinstance(source, Mapping) and source.get("type") in {"text", "content"}


def _omitted_url(match: re.Match[str]) -> str:
    kind = match[1].lower()
    return f"[{kind if kind in {'image', 'audio', 'video'} else 'file'} omitted]"


def chat_input(value: Any) -> list[dict[str, Any]]:
    """Return a generation's `input` as chat messages, whichever API it came by."""
    if not isinstance(value, Mapping):
        return [] if value is None else [_said("user", value)]
    messages: list[dict[str, Any]] = []
    for name in ("system", "instructions"):
        if value.get(name):
            messages.append(_said("system", value[name]))
    given = next((value[at] for at in ("messages", "input", "prompt") if at in value), None)
    if isinstance(given, list):
        for item in given:
            messages.append(dict(item) if isinstance(item, Mapping) else _said("user", item))
    elif given is not None:
        messages.append(_said("user", given))
    return messages


def chat_output(
    output: Any, completion: str | None, reasoning: str | None, tool_calls: Any
) -> list[dict[str, Any]]:
    """Return the answer as chat messages: one, or each of several choices."""
    choices = output.get("choices") if isinstance(output, Mapping) else None
    if isinstance(choices, list) and len(choices) > 1:
        found = [c.get("message") for c in choices if isinstance(c, Mapping)]
        messages = [dict(m) for m in found if isinstance(m, Mapping)]
        if messages:
            return messages
    if completion is None and reasoning is None and not tool_calls:
        return [] if output is None else [_said("assistant", output)]
    message: dict[str, Any] = {"role": "assistant", "content": completion}
    if reasoning:
        message["reasoning"] = reasoning
    if tool_calls:
        message["tool_calls"] = tool_calls
    return [message]


def words(content: Any) -> str:
    """Return the content of a message as one text: its words, or JSON where it has others."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, list) and all(
        isinstance(part, Mapping) and isinstance(part.get("text"), str) for part in content
    ):
        return "\n".join(part["text"] for part in content)
    return codec.encode_text(content)


def _said(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}
