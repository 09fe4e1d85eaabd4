"""Builds answers and stream chunks in OpenAI's shape for dialects that translate."""

from typing import Any

from sightline.domain.upstream import StreamPart
from sightline.wire.openai import finish


def chunk(
    delta: dict[str, Any], *, index: int = 0, native: str | None = None, reason: str | None = None
) -> dict[str, Any]:
    """Return a `chat.completion.chunk`; `reason` and `native` say why it is the last one."""
    return {
        "id": "",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "",
        "choices": [
            {
                "index": index,
                "delta": delta,
                "finish_reason": reason,
                "native_finish_reason": native,
                "logprobs": None,
            }
        ],
    }


def part(delta: dict[str, Any], *, index: int = 0, upstream_id: str | None = None) -> StreamPart:
    """Return the part of a delta that carries output."""
    return StreamPart(value=chunk(delta, index=index), has_content=True, upstream_id=upstream_id)


def opening(upstream_id: str | None = None) -> StreamPart:
    """Return the part that says who speaks, before any output."""
    return StreamPart(
        value=chunk({"role": "assistant", "content": ""}), upstream_id=upstream_id or None
    )


def ending(native: str, *, index: int = 0, reason: str | None = None) -> StreamPart:
    """Return the part with the finish reason."""
    reason = reason or finish.normal(native)
    return StreamPart(
        value=chunk({}, index=index, native=native, reason=reason),
        finish_reason=reason,
        native_finish_reason=native,
    )


def usage_value() -> dict[str, Any]:
    """Return the chunk without choices into which `stamp.put_usage` writes."""
    return {
        "id": "",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "",
        "choices": [],
    }


def tool_call(
    position: int, arguments: str, *, id: str | None = None, name: str | None = None
) -> dict[str, Any]:
    """Return the delta of a tool call: its begin when it has an id, else more of its arguments."""
    if id is None:
        call: dict[str, Any] = {"index": position, "function": {"arguments": arguments}}
    else:
        function = {"name": name or "", "arguments": arguments}
        call = {"index": position, "id": id, "type": "function", "function": function}
    return {"tool_calls": [call]}


def reasoning(detail: dict[str, Any]) -> dict[str, Any]:
    """Return the delta of one reasoning detail, with its text where it has one."""
    text = detail.get("text") or detail.get("summary")
    delta: dict[str, Any] = {"reasoning": text} if text else {}
    delta["reasoning_details"] = [detail]
    return delta


def completion(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a `chat.completion`; id, model and usage are stamped on later."""
    return {"id": "", "object": "chat.completion", "created": 0, "model": "", "choices": choices}


def choice(
    message: dict[str, Any], native: str | None, *, index: int = 0, reason: str | None = None
) -> dict[str, Any]:
    """Return one choice of a `chat.completion`."""
    return {
        "index": index,
        "message": message,
        "finish_reason": reason or finish.normal(native),
        "native_finish_reason": native,
        "logprobs": None,
    }


def citation(url: str, title: str, content: str = "") -> dict[str, Any]:
    """Return the annotation of a web page; where in the text it is meant is not known."""
    held: dict[str, Any] = {"url": url, "title": title, "start_index": 0, "end_index": 0}
    if content:
        held["content"] = content
    return {"type": "url_citation", "url_citation": held}
