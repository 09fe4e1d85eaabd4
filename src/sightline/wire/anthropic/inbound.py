"""Callers that speak Anthropic's Messages, served by upstreams that know chat."""

from collections.abc import Mapping
from typing import Any

from sightline.core.codec import encode_text
from sightline.wire.anthropic.answers import FORMAT, hidden, thought
from sightline.wire.loose import as_dict, as_dicts, as_list, as_text, object_of
from sightline.wire.media import data_url
from sightline.wire.openai.costs import usage_for
from sightline.wire.openai.requests import wrong
from sightline.wire.openai.responses_in import seal, unseal
from sightline.wire.openai.texts import text_of

_OTHER_NAMES = frozenset(
    "messages system tools tool_choice stop_sequences thinking output_config metadata".split()
)
_STOP_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


def to_chat(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chat request. Raises `InvalidRequestError` for what chat cannot say."""
    sent = {name: value for name, value in body.items() if name not in _OTHER_NAMES}
    messages: list[dict[str, Any]] = []
    system = body.get("system")
    if isinstance(system, str) and system:
        messages.append({"role": "system", "content": system})
    elif parts := [_text(block) for block in as_dicts(system)]:
        messages.append({"role": "system", "content": parts})
    for at, message in enumerate(as_dicts(body.get("messages"))):
        _message(messages, message, f"messages[{at}]")
    sent["messages"] = messages
    if stops := as_list(body.get("stop_sequences")):
        sent["stop"] = stops
    metadata = as_dict(body.get("metadata"))
    if isinstance(metadata.get("user_id"), str):
        sent.setdefault("user", metadata["user_id"])
    if metadata:
        sent["metadata"] = metadata
    _think(sent, body)
    _tools(sent, body)
    return sent


def from_chat(answer: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return the message of a chat answer's first choice."""
    choice = as_dict(next(iter(as_list(answer.get("choices"))), None))
    told = as_dict(choice.get("message"))
    content = _thoughts(told)
    if text := text_of(told.get("content")) or as_text(told.get("refusal")):
        content.append({"type": "text", "text": text})
    for call in as_dicts(told.get("tool_calls")):
        function = as_dict(call.get("function"))
        held = object_of(function.get("arguments")) or {}
        name, id = as_text(function.get("name")), as_text(call.get("id"))
        content.append({"type": "tool_use", "id": id, "name": name, "input": held})
    return {
        "id": as_text(answer.get("id")),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": stop_reason(as_text(choice.get("finish_reason"))),
        "stop_sequence": None,
        "usage": usage_for("messages", answer.get("usage"))
        or {"input_tokens": 0, "output_tokens": 0},
    }


def stop_reason(finish_reason: str) -> str:
    """Return Anthropic's word for a finish reason."""
    return _STOP_REASONS.get(finish_reason, "end_turn")


def _thoughts(message: dict[str, Any]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    for detail in as_dicts(message.get("reasoning_details")):
        if detail.get("type") == "reasoning.encrypted":
            blocks.append({"type": "redacted_thinking", "data": veiled(detail)})
        elif text := as_text(detail.get("text")) or as_text(detail.get("summary")):
            signature = as_text(detail.get("signature"))
            blocks.append({"type": "thinking", "thinking": text, "signature": signature})
    if not blocks and (text := as_text(message.get("reasoning"))):
        blocks.append({"type": "thinking", "thinking": text, "signature": ""})
    return blocks


def veiled(detail: dict[str, Any]) -> str:
    """Return the data of a redacted block.

    Other models' is sealed: so it comes back whole, and Anthropic never gets it.
    """
    if as_text(detail.get("format") or FORMAT).startswith("anthropic"):
        return as_text(detail.get("data"))
    return seal([detail])


def _message(messages: list[dict[str, Any]], message: dict[str, Any], place: str) -> None:
    content = message.get("content")
    if not isinstance(content, list):
        messages.append({"role": message.get("role"), "content": content})
    elif message.get("role") == "assistant":
        messages.append(_assistant(as_dicts(content), place))
    else:
        parts: list[dict[str, Any]] = []
        for at, block in enumerate(as_dicts(content)):
            # Results stand before what the user says beside them, as chat wants it.
            if block.get("type") == "tool_result":
                messages.append(_result(block, f"{place}.content[{at}]"))
            else:
                parts.append(_part(block, f"{place}.content[{at}]"))
        if parts:
            messages.append({"role": message.get("role"), "content": parts})


def _assistant(blocks: list[dict[str, Any]], place: str) -> dict[str, Any]:
    parts: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    details: list[dict[str, Any]] = []
    for at, block in enumerate(blocks):
        kind = block.get("type")
        if kind == "tool_use":
            arguments = encode_text(as_dict(block.get("input")))
            function = {"name": as_text(block.get("name")), "arguments": arguments}
            calls.append({"id": as_text(block.get("id")), "type": "function", "function": function})
        elif kind == "thinking":
            details.append(thought(len(details), block.get("thinking"), block.get("signature")))
        elif kind == "redacted_thinking":
            data = as_text(block.get("data"))
            details += unseal(data) or [hidden(len(details), data)]
        else:
            parts.append(_part(block, f"{place}.content[{at}]"))
    plain = len(parts) == 1 and set(parts[0]) == {"type", "text"}
    content: Any = parts[0]["text"] if plain else parts or None
    told: dict[str, Any] = {"role": "assistant", "content": content}
    if calls:
        told["tool_calls"] = calls
    if details:
        told["reasoning_details"] = details
    return told


def _result(block: dict[str, Any], place: str) -> dict[str, Any]:
    content = block.get("content")
    told: Any = ""
    if isinstance(content, str):
        told = content
    elif isinstance(content, list):
        told = [_part(part, f"{place}.content[{at}]") for at, part in enumerate(as_dicts(content))]
    message = {"role": "tool", "tool_call_id": as_text(block.get("tool_use_id")), "content": told}
    if mark := block.get("cache_control"):
        message["cache_control"] = mark
    return message


def _text(block: dict[str, Any]) -> dict[str, Any]:
    told = {"type": "text", "text": as_text(block.get("text"))}
    if mark := block.get("cache_control"):
        told["cache_control"] = mark
    return told


def _part(block: dict[str, Any], place: str) -> dict[str, Any]:
    kind = block.get("type")
    if kind == "text":
        return _text(block)
    source = as_dict(block.get("source"))
    url = as_text(source.get("url"))
    if source.get("type") == "base64":
        url = data_url(as_text(source.get("media_type")), as_text(source.get("data")))
    if kind == "document" and source.get("type") == "text":
        return {"type": "text", "text": as_text(source.get("data"))}
    if kind not in ("image", "document") or not url:
        raise wrong(f"{place}.type", f"`{kind}` is not known for this model")
    told: dict[str, Any]
    if kind == "image":
        told = {"type": "image_url", "image_url": {"url": url}}
    else:
        name = as_text(block.get("title")) or "document.pdf"
        told = {"type": "file", "file": {"filename": name, "file_data": url}}
    if mark := block.get("cache_control"):
        told["cache_control"] = mark
    return told


def _think(sent: dict[str, Any], body: Mapping[str, Any]) -> None:
    thinking = as_dict(body.get("thinking"))
    config = as_dict(body.get("output_config"))
    reasoning: dict[str, Any] = {}
    if thinking.get("type") == "enabled":
        reasoning["max_tokens"] = thinking.get("budget_tokens")
    elif thinking.get("type") == "adaptive":
        reasoning["enabled"] = True
    if isinstance(config.get("effort"), str) and thinking.get("type") != "disabled":
        reasoning = {"effort": config["effort"]}
    if reasoning:
        sent["reasoning"] = reasoning
    form = as_dict(config.get("format") or body.get("output_format"))
    if form.get("type") == "json_schema":
        held = {"name": "answer", "schema": form.get("schema"), "strict": True}
        sent["response_format"] = {"type": "json_schema", "json_schema": held}
    sent.pop("output_format", None)


def _tools(sent: dict[str, Any], body: Mapping[str, Any]) -> None:
    tools = []
    for at, tool in enumerate(as_dicts(body.get("tools"))):
        if tool.get("type") not in (None, "custom"):
            raise wrong(f"tools[{at}].type", f"`{tool['type']}` is not known for this model")
        function = {"name": as_text(tool.get("name")), "parameters": tool.get("input_schema") or {}}
        if tool.get("description"):
            function["description"] = tool["description"]
        told: dict[str, Any] = {"type": "function", "function": function}
        if mark := tool.get("cache_control"):
            told["cache_control"] = mark
        tools.append(told)
    if tools:
        sent["tools"] = tools
    choice = as_dict(body.get("tool_choice"))
    kind = choice.get("type")
    if kind == "tool":
        sent["tool_choice"] = {"type": "function", "function": {"name": choice.get("name")}}
    elif kind in ("auto", "none", "any"):
        sent["tool_choice"] = "required" if kind == "any" else kind
    if choice.get("disable_parallel_tool_use") is True:
        sent["parallel_tool_calls"] = False
