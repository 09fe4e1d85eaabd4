"""A chat answer as a response of the Responses API."""

from collections.abc import Mapping
from typing import Any

from sightline.wire.loose import as_dict, as_dicts, as_list, as_text
from sightline.wire.openai.costs import usage_for
from sightline.wire.openai.responses_in import seal
from sightline.wire.openai.texts import text_of

# What a response says again of its request, and what when the request is silent.
_ECHOED: dict[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "reasoning": None,
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": None,
    "user": None,
}
_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


def response(
    id: str, model: str, created: int, body: Mapping[str, Any], **more: Any
) -> dict[str, Any]:
    """Return a response that has begun."""
    echoed = {name: body.get(name) or default for name, default in _ECHOED.items()}
    return {
        "id": id,
        "object": "response",
        "created_at": created,
        "completed_at": None,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "model": model,
        "output": [],
        "previous_response_id": None,
        "store": False,
        "truncation": "disabled",
        "frequency_penalty": None,
        "presence_penalty": None,
        "usage": None,
        **echoed,
        **more,
    }


def from_chat(answer: Mapping[str, Any], model: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole response of a chat answer's first choice."""
    choice = as_dict(next(iter(as_list(answer.get("choices"))), None))
    message = as_dict(choice.get("message"))
    id = as_text(answer.get("id"))
    output: list[dict[str, Any]] = []
    details = as_dicts(message.get("reasoning_details"))
    if details or message.get("reasoning"):
        output.append(reasoning_item(id, as_text(message.get("reasoning")), details))
    text = text_of(message.get("content"))
    refusal = as_text(message.get("refusal"))
    calls = as_dicts(message.get("tool_calls"))
    if text or refusal or not calls:
        output.append(message_item(id, text, refusal, as_list(message.get("annotations"))))
    for at, call in enumerate(calls):
        function = as_dict(call.get("function"))
        name, arguments = as_text(function.get("name")), as_text(function.get("arguments"))
        output.append(call_item(id, at, as_text(call.get("id")), name, arguments))
    ended = ending(as_text(choice.get("finish_reason")))
    usage = usage_for("responses", answer.get("usage"))
    created = answer.get("created") or 0
    return response(id, model, created, body, output=output, usage=usage, **ended)


def ending(finish_reason: str) -> dict[str, Any]:
    """Return the fields of a response that say how it ended."""
    if reason := _INCOMPLETE.get(finish_reason):
        return {"status": "incomplete", "incomplete_details": {"reason": reason}}
    if finish_reason == "error":
        error = {"code": "server_error", "message": "The provider failed while it answered"}
        return {"status": "failed", "error": error}
    return {"status": "completed"}


def message_item(
    id: str, text: str, refusal: str, annotations: list[Any], status: str = "completed"
) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if text or not refusal:
        content.append(text_part(text, annotations))
    if refusal:
        content.append({"type": "refusal", "refusal": refusal})
    return {
        "type": "message",
        "id": f"msg_{id}",
        "status": status,
        "role": "assistant",
        "content": content,
    }


def text_part(text: str, annotations: list[Any]) -> dict[str, Any]:
    """Return an `output_text`; web pages that chat cites are flat here."""
    notes = []
    for note in as_dicts(annotations):
        held = as_dict(note.get("url_citation"))
        notes.append({"type": note.get("type"), **held} if held else note)
    return {"type": "output_text", "text": text, "annotations": notes, "logprobs": []}


def reasoning_item(id: str, text: str, details: list[dict[str, Any]]) -> dict[str, Any]:
    item: dict[str, Any] = {
        "type": "reasoning",
        "id": f"rs_{id}",
        "summary": [{"type": "summary_text", "text": text}] if text else [],
    }
    if any("signature" in detail or "data" in detail for detail in details):
        item["encrypted_content"] = seal(details)
    return item


def call_item(
    id: str, at: int, call_id: str, name: str, arguments: str, status: str = "completed"
) -> dict[str, Any]:
    return {
        "type": "function_call",
        "id": f"fc_{id}_{at}",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
        "status": status,
    }
