"""An answer of the Messages API as a chat answer; and the pieces that its stream shares."""

from typing import Any

from sightline.core.codec import encode_text
from sightline.wire.anthropic.tools import JSON_TOOL
from sightline.wire.loose import as_dict, as_dicts, as_text
from sightline.wire.openai import chunks, finish

FORMAT = "anthropic-claude-v1"


def to_chat(message: dict[str, Any]) -> dict[str, Any]:
    """Return the `chat.completion`; its usage is put in by the caller."""
    words: list[str] = []
    details: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    cited: list[dict[str, Any]] = []
    is_json = False
    for block in as_dicts(message.get("content")):
        kind = block.get("type")
        if kind == "text":
            words.append(as_text(block.get("text")))
            cited += [note for item in as_dicts(block.get("citations")) if (note := cite(item))]
        elif kind == "thinking":
            details.append(thought(len(details), block.get("thinking"), block.get("signature")))
        elif kind == "redacted_thinking":
            details.append(hidden(len(details), block.get("data")))
        elif kind == "tool_use" and block.get("name") == JSON_TOOL:
            is_json = True
            words.append(encode_text(block.get("input")))
        elif kind == "tool_use":
            function = {
                "name": as_text(block.get("name")),
                "arguments": encode_text(as_dict(block.get("input"))),
            }
            calls.append({"id": as_text(block.get("id")), "type": "function", "function": function})
    content = "".join(words)
    told: dict[str, Any] = {
        "role": "assistant",
        "content": content if content or not calls else None,
        "refusal": None,
        "reasoning": "".join(as_text(detail.get("text")) for detail in details) or None,
    }
    if details:
        told["reasoning_details"] = details
    if calls:
        told["tool_calls"] = calls
    if cited:
        told["annotations"] = cited
    native = as_text(message.get("stop_reason")) or "end_turn"
    answer = chunks.completion(
        [chunks.choice(told, native, reason=reason(native, is_json=is_json and not calls))]
    )
    return {**answer, "id": as_text(message.get("id"))}


def reason(native: str, *, is_json: bool) -> str:
    """Return our finish reason; an answer given through the JSON tool is no tool call."""
    if native == "tool_use" and is_json:
        return "stop"
    return finish.normal(native) or "stop"


def thought(index: int, text: Any, signature: Any = None) -> dict[str, Any]:
    detail = {"type": "reasoning.text", "text": as_text(text), "format": FORMAT, "index": index}
    if signature:
        detail["signature"] = as_text(signature)
    return detail


def hidden(index: int, data: Any) -> dict[str, Any]:
    return {
        "type": "reasoning.encrypted",
        "data": as_text(data),
        "format": FORMAT,
        "index": index,
    }


def cite(citation: dict[str, Any]) -> dict[str, Any] | None:
    """Return the annotation of a web page that the answer cites; None for other citations."""
    url = as_text(citation.get("url"))
    if not url:
        return None
    title, content = as_text(citation.get("title")), as_text(citation.get("cited_text"))
    return chunks.citation(url, title, content)
